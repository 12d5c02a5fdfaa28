import type { DiskSummary, PlanWarning, RebuildPlan } from '../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../contracts/rebuild-request.js';
import { parseSecretRef } from '../contracts/secret-ref.js';
import type { InstanceDiskAttachment } from '../jdcloud/disk-schemas.js';
import { fillPlaceholders } from '../secrets/placeholders.js';
import { backupSteps, backupWarnings, pruneSteps } from './backup/plan-backup.js';
import { protectionOf } from './checks/check-protection.js';
import { hostnameOf } from '../jdcloud/schemas.js';
import { userdataWarnings } from './checks/check-userdata.js';
import { wayBackWarnings } from './checks/check-way-back.js';
import { type Facts, osOf, targetImageId } from './checks/facts.js';
import { findMisfits } from './checks/find-misfits.js';
import { originOf } from './image-origin.js';
import { foretoldChanges } from './foretell.js';
import { hasRoomForMarker, markerOf, mergeMetadata, ownMetadata } from './metadata.js';
import { profileOf } from './vm-profile.js';

/** What a rebuild would do with these facts. Pure: the same facts make the same plan. */
export function makePlan(facts: Facts): RebuildPlan {
  const { request, instance, image, customData } = facts;
  const draft = {
    regionId: request.regionId,
    instanceId: request.instanceId,
    instanceName: instance.instanceName ?? null,
    status: instance.status ?? 'unknown',
    power: powerOf(facts),
    imageBefore: instance.imageId ? { imageId: instance.imageId, name: nameIfSame(facts) } : null,
    imageAfter: imageAfter(facts),
    systemDisk: instance.systemDisk ? summarize(instance.systemDisk) : null,
    dataDisks: (instance.dataDisks ?? []).map(summarize),
    keepCharging: instance.chargeOnStopped === 'stopCharging',
    markerUsable: customData !== null && hasRoomForMarker(mergeMetadata(ownMetadata(customData), request.metadata)),
    ...(customData !== null && { lastOperation: markerOf(customData) }),
    hostnameBefore: hostnameOf(instance),
    osBefore: osOf(facts),
    profile: profileOf(instance),
    misfits: findMisfits(facts),
  } satisfies Omit<RebuildPlan, 'warnings' | 'steps'>;
  return {
    ...draft,
    warnings: [
      ...overrideWarnings(facts),
      ...findWarnings(draft, image),
      ...userdataWarnings(facts),
      ...foretoldChanges(facts),
      ...wayBackWarnings(facts),
      ...backupWarnings(facts, draft.dataDisks),
    ],
    steps: listSteps(draft, request),
  };
}

function powerOf({ request, instance, powerBefore }: Facts): RebuildPlan['power'] {
  const before = powerBefore ?? (instance.status === 'stopped' ? 'stopped' : 'running');
  return { before, after: request.power === 'as-was' ? before : request.power };
}

type Draft = Omit<RebuildPlan, 'warnings' | 'steps'>;

function imageAfter(facts: Facts): RebuildPlan['imageAfter'] {
  const imageId = targetImageId(facts);
  if (imageId === null) return null;
  const { image } = facts;
  return { imageId, name: image?.name ?? null, ...(image !== null && { origin: originOf(image) }) };
}

function nameIfSame({ instance, image }: Facts): string | null {
  return image?.imageId === instance.imageId ? (image?.name ?? null) : null;
}

function summarize(disk: InstanceDiskAttachment): DiskSummary {
  return {
    deviceName: disk.deviceName ?? null,
    diskCategory: disk.diskCategory ?? null,
    diskId: disk.cloudDisk?.diskId ?? null,
    sizeGiB: disk.cloudDisk?.diskSizeGB ?? disk.localDisk?.diskSizeGB ?? null,
    ...(disk.cloudDisk?.createTime && { createdAt: disk.cloudDisk.createTime }),
  };
}

function overrideWarnings({ instance, request }: Facts): PlanWarning[] {
  const protection = protectionOf(instance);
  if (protection === null || request.overrideProtection === undefined) return [];
  const message = `The VM is protected (${protection}); this was overridden: ${request.overrideProtection}`;
  return [{ code: 'protection-overridden', message }];
}

function findWarnings(draft: Draft, image: Facts['image']): PlanWarning[] {
  const warnings: PlanWarning[] = [];
  const localDisks = draft.dataDisks.filter(({ diskCategory }) => diskCategory === 'local').length;
  if (localDisks > 0)
    warnings.push({
      code: 'local-data-disk',
      message: `The VM has ${localDisks} local data disk(s). A rebuild keeps them; a stop that releases resources would wipe them, so ours says keepCharging where it must.`,
    });
  if (!draft.markerUsable)
    warnings.push({
      code: 'no-operation-marker',
      message: isSameImage(draft)
        ? 'The VM has no room for our metadata marker and keeps its image: should the answer to the rebuild be lost, Reimage stops with RebuildOutcomeUnknown rather than risk a second erase.'
        : 'The VM has no room for our metadata marker; a lost answer is told by the image alone.',
    });
  if (isSameImage(draft) && draft.systemDisk !== null && draft.systemDisk.diskId === null)
    warnings.push({
      code: 'end-untold',
      message:
        'The VM keeps its image, and JD Cloud gives its system disk no id: nothing will show whether what is on it was replaced, so that the rebuild ends as RebuildOutcomeUnknown. With onFailure hold a person may look, and accept it.',
    });
  const { imageSource, ownerPin } = image ?? {};
  if (imageSource === 'community' || imageSource === 'shared') {
    const owner = ownerPin ? ` of account ${ownerPin}` : '';
    const message = `The image is a ${imageSource} one${owner}: what is in it is for its owner to say, who may also withdraw it.`;
    warnings.push({ code: 'foreign-image', message });
  }
  return warnings;
}

function isSameImage({ imageBefore, imageAfter: after }: Draft): boolean {
  return imageBefore?.imageId === after?.imageId;
}

function listSteps(draft: Draft, request: RebuildRequest): string[] {
  const image = draft.imageAfter === null ? 'an unknown image' : draft.imageAfter.imageId;
  const stop = draft.keepCharging ? 'stop the VM (keepCharging, so that nothing is released)' : 'stop the VM';
  return [
    ...(draft.power.before === 'running' ? [stop, 'wait until it is stopped'] : []),
    ...backupSteps(request, draft.dataDisks),
    'check everything again',
    ...generateSteps(request),
    `rebuild it onto ${image}: ERASES the system disk`,
    'wait until it is back',
    draft.power.after === 'running' ? 'start it and wait until it runs' : 'leave it stopped',
    `verify that it reports ${image}`,
    ...healthSteps(draft, request),
    ...pruneSteps(request),
  ];
}

function healthSteps({ power }: Draft, { healthChecks }: RebuildRequest): string[] {
  if (power.after !== 'running' || healthChecks.length === 0) return [];
  return [
    healthChecks.length === 1 ? 'make its health check' : `make its ${healthChecks.length} health checks, one by one`,
  ];
}

function generateSteps({ passwordRef, ...vm }: RebuildRequest): string[] {
  if (passwordRef === undefined) return [];
  const { scheme, target } = parseSecretRef(passwordRef);
  return scheme === 'generate' ? [`generate a password and hand it to ${fillPlaceholders(target, vm)}`] : [];
}
