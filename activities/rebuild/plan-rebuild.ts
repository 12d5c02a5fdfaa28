import { keepBackupsMs } from '../../contracts/backup.js';
import type { DiskSummary, PlanWarning, RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { parseSecretRef } from '../../contracts/secret-ref.js';
import { hostnameOf, type InstanceDiskAttachment } from '../../jdcloud/schemas.js';
import { fillPlaceholders } from '../../secrets/schemes.js';
import { originOf } from '../checks/check-image.js';
import { wayBackWarnings } from '../checks/check-rollback-source.js';
import { type Facts, isWindows, osOf, targetImageId } from '../checks/facts.js';
import { hasRoomForMarker, launchScriptBytes, markerOf, mergeMetadata, ownMetadata } from '../checks/metadata.js';
import { findIssues, protectionOf, userdataWarnings } from '../checks/validate.js';
import { keptHostname } from './send-options.js';
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
    issues: findIssues(facts),
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
      code: 'outcome-unverifiable',
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

type Asked = Pick<RebuildRequest, 'backup' | 'backupDataDisks' | 'keepBackups'>;

/** The steps of a plan that make the backup; none when none is asked for. */
export function backupSteps({ backup, backupDataDisks }: Asked, dataDisks: readonly DiskSummary[]): string[] {
  if (backup !== 'image') return [];
  const taken = backupDataDisks ? namesOf(dataDisks, 'cloud') : '';
  const disks = ['system disk', ...(taken === '' ? [] : [`data disks ${taken}`])].join(', ');
  return [`make a private image of it (${disks}) and wait until it is ready`];
}

/** The steps of a plan that delete older backups, once all else is done. */
export function pruneSteps({ backup, keepBackups }: Asked): string[] {
  if (backup !== 'image' || keepBackups === undefined) return [];
  const which =
    keepBackupsMs(keepBackups) === null ? `all but the newest ${keepBackups}` : `those over ${keepBackups} old`;
  return [`delete old backups of it: ${which}, save what a VM uses`];
}

/** What an operator should know of a backup: which disks are not in it, and that its quota could not be judged. */
export function backupWarnings({ request, imageQuota }: Facts, dataDisks: readonly DiskSummary[]): PlanWarning[] {
  if (request.backup !== 'image') return [];
  const leftOut = [
    ...(request.backupDataDisks ? [] : [namesOf(dataDisks, 'cloud')]),
    namesOf(dataDisks, 'local'),
  ].filter(Boolean);
  const warnings: PlanWarning[] = [];
  if (leftOut.length > 0) {
    const message = `The backup does not hold data disks ${leftOut.join(', ')}. A rebuild does not touch them; a rollback does not bring them back.`;
    warnings.push({ code: 'backup-without-data-disks', message });
  }
  if (imageQuota === null || imageQuota?.limit === null || imageQuota?.used === null) {
    const message =
      'JD Cloud does not tell whether there is room for one more private image; should there be none, the rebuild ends before the erase.';
    warnings.push({ code: 'backup-quota-unknown', message });
  }
  return warnings;
}

function namesOf(disks: readonly DiskSummary[], kind: 'cloud' | 'local'): string {
  const ofKind = disks.filter(({ diskCategory }) => (diskCategory === 'local') === (kind === 'local'));
  return ofKind.map(({ deviceName, diskId }) => deviceName ?? diskId ?? 'without a name').join(', ');
}

/**
 * What will be another beside the system disk once the rebuild is done, as far as it can be known before: what would else
 * be told after the erase, as `changed-beside`, or by nobody. Pure.
 */
export function foretoldChanges(facts: Facts): PlanWarning[] {
  return [lostKey, changedHostname, launchScript, unreadCustomData, changedPlatform, imageDataDisks].flatMap((look) =>
    look(facts),
  );
}

function lostKey({ instance, request }: Facts): PlanWarning[] {
  const keys = instance.keyNames ?? [];
  if (keys.length === 0 || (request.keyNames ?? []).length > 0) return [];
  const message = `The key ${keys.join(', ')} is taken off the VM: the rebuild names none. Say keyNames to keep it.`;
  return [{ code: 'key-lost', message }];
}

function changedHostname({ instance, request, image }: Facts): PlanWarning[] {
  if (request.hostname !== undefined || image === null) return [];
  const now = hostnameOf(instance);
  if (keptHostname(now, image) !== null) return [];
  const why = now
    ? `Its host name ${now} is none that JD Cloud takes for ${isWindows(image) ? 'Windows' : 'Linux'}`
    : 'JD Cloud does not tell its host name';
  const message = `${why}, so that it cannot be sent along: JD Cloud makes one of the VM's name. Say hostname to have another.`;
  return [{ code: 'host-name-changed', message }];
}

function launchScript({ customData, request }: Facts): PlanWarning[] {
  const bytes = launchScriptBytes(customData);
  if (bytes === null || request.userdata !== undefined) return [];
  const message = `The VM has a launch script of ${bytes} bytes from before, which JD Cloud runs again, as root or administrator, at the first start after a rebuild. Say userdata to put another in its place.`;
  return [{ code: 'launch-script-runs', message }];
}

function unreadCustomData({ customData }: Facts): PlanWarning[] {
  if (customData !== null) return [];
  const message =
    "The VM's metadata and launch script may not be read: nobody can tell whether a script runs again at the first start, or whether JD Cloud keeps the metadata.";
  return [{ code: 'custom-data-unread', message }];
}

function changedPlatform(facts: Facts): PlanWarning[] {
  const [before, after] = [osOf(facts), facts.image === null ? null : isWindows(facts.image) ? 'windows' : 'linux'];
  if (before === null || after === null || before === after) return [];
  const message = `The VM goes from ${before === 'windows' ? 'Windows to Linux' : 'Linux to Windows'}: it is entered another way, and what is on its data disks may not be readable for the new system.`;
  return [{ code: 'platform-changed', message }];
}

function imageDataDisks({ image }: Facts): PlanWarning[] {
  const count = image?.dataDisks?.length ?? 0;
  if (count === 0) return [];
  const message = `The image holds ${count === 1 ? 'a data disk' : `${count} data disks`} too, which a rebuild does not put on: it replaces the system disk alone.`;
  return [{ code: 'image-data-disks', message }];
}
