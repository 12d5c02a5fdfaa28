import type { FleetPlan, FleetRow } from '../../../contracts/fleet/fleet-plan.js';
import { keypair, region } from '../../../simulator/builders.js';
import type { RegionState } from '../../../simulator/region-state.js';
import { copyOfImage } from './copy-image.js';
import { copyOfVm } from './copy-vm.js';
import type { CloudCopy } from './read-cloud.js';

/** Private images that may be made where the account's quota is not known: no fleet is that large. */
const PLENTY = 1_000_000;

/** What the simulator begins with: what was read of JD Cloud, and nothing more. Pure. */
export function copyOfRegion({ spec, image: target }: FleetPlan, copy: CloudCopy): RegionState {
  const { instances, images, constraints, keyNames, imageQuota } = copy;
  const limitOf = new Map(constraints.map((each) => [each.imageId ?? '', each]));
  const copies = images.map((image) => {
    const like = instances.find(({ imageId }) => imageId === image.imageId) ?? instances[0];
    return copyOfImage(image, limitOf.get(image.imageId) ?? null, like);
  });
  const onto = copies.find(({ imageId }) => imageId === target.imageId);
  const { limit, used } = imageQuota ?? {};
  const left = limit == null || used == null ? PLENTY : Math.max(0, limit - used);
  return region({
    regionId: spec.regionId,
    vms: instances.map((instance) => copyOfVm(instance, onto)),
    images: copies,
    keypairs: keyNames.map((keyName) => keypair(keyName)),
    // The account has further images, which are not copied: what counts is how many it may still make.
    quotas: { image: copies.filter(({ imageSource }) => imageSource === 'private').length + left },
  });
}

/** What of the VMs that a plan rebuilds is not as it says: each would make its start refuse it as stale. Pure. */
export function changesSince({ rows }: Pick<FleetPlan, 'rows'>, { instances }: CloudCopy): string[] {
  const now = new Map(instances.map((instance) => [instance.instanceId, instance]));
  return rows
    .filter(({ wave }) => wave !== null)
    .flatMap((row) => {
      const change = changeOf(row, now.get(row.instanceId));
      return change === null ? [] : [`${row.instanceId} ${change}`];
    });
}

function changeOf({ imageBefore, status }: FleetRow, now: CloudCopy['instances'][number] | undefined): string | null {
  if (now === undefined) return 'is gone';
  if ((now.imageId ?? null) !== imageBefore) return `has image ${now.imageId ?? 'none'}, not ${imageBefore ?? 'none'}`;
  return (now.status ?? 'unknown') === status ? null : `is ${now.status ?? 'unknown'}, not ${status}`;
}
