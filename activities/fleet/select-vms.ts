import { unknownRegionNote } from '../../contracts/known-regions.js';
import type { VmSelector } from '../../contracts/fleet/vm-selector.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { allPages } from '../backup/all-pages.js';
import { failure } from '../failure.js';
import { narrowingOf } from './list-queries.js';
import { matchesSelector } from './matches-selector.js';

/** Most ids in one call. */
const MOST_IDS = 100;
/** Ids that a message names. */
const MOST_NAMED = 20;

export type SelectApi = Pick<VmApi, 'describeInstances'>;

/**
 * The VMs that a selector means, by id. An id that JD Cloud does not know is an error: who wrote it meant a machine.
 * @param field - where the selector stands in the file, for messages
 * @throws ApplicationFailure VmNotFound naming the ids · JdCloudError
 */
export async function selectVms(
  api: SelectApi,
  { regionId, selector, field }: { readonly regionId: string; readonly selector: VmSelector; readonly field: string },
  signal: AbortSignal,
): Promise<Instance[]> {
  const { instanceIds } = selector;
  const vms =
    instanceIds === undefined
      ? await listVms(api, regionId, selector, signal)
      : await readVms(api, { regionId, instanceIds, field }, signal);
  return vms.filter((vm) => matchesSelector(selector, vm)).toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}

async function listVms(api: SelectApi, regionId: string, selector: VmSelector, signal: AbortSignal) {
  const narrowing = narrowingOf(selector);
  return allPages(
    async (page) => {
      const { instances, totalCount } = await api.describeInstances({ regionId, ...page, ...narrowing }, { signal });
      return { items: instances, totalCount };
    },
    ({ instanceId }) => instanceId,
  );
}

/** Reads VMs by their ids. @throws ApplicationFailure VmNotFound naming those that there are not · JdCloudError */
export async function readVms(
  api: SelectApi,
  wanted: { readonly regionId: string; readonly instanceIds: readonly string[]; readonly field: string },
  signal: AbortSignal,
): Promise<Instance[]> {
  const { regionId, field } = wanted;
  const ids = [...new Set(wanted.instanceIds)];
  const found: Instance[] = [];
  for (let first = 0; first < ids.length; first += MOST_IDS) {
    const instanceIds = ids.slice(first, first + MOST_IDS);
    found.push(...(await api.describeInstances({ regionId, instanceIds }, { signal })).instances);
  }
  const known = new Set(found.map(({ instanceId }) => instanceId));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return found;
  const more = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} more` : '';
  const named = unknown.slice(0, MOST_NAMED).join(', ');
  throw failure(
    'VmNotFound',
    `${field}.instanceIds: JD Cloud knows no VM ${named}${more} in ${regionId}${unknownRegionNote(regionId)}.`,
  );
}
