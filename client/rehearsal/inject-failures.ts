import { createHash } from 'node:crypto';
import type { FleetRow } from '../../contracts/fleet/fleet-plan.js';
import { ReimageInvalidInputError } from '../connection/errors.js';

/** Which VMs are to fail. */
export interface FailureOptions {
  /** So many, chosen by the seed. */
  readonly fail?: number | undefined;
  /** All of these zones. */
  readonly failAz?: readonly string[] | undefined;
  readonly failVm?: readonly string[] | undefined;
  /** The same seed chooses the same VMs, whatever the order of the plan. */
  readonly seed: number;
}

/** Zones and VMs that a message names. */
const MOST_NAMED = 5;

/**
 * Chooses the VMs that are to fail. Those that are named, by zone or by id, come on top of the number. Pure.
 * @param members - the VMs that are rebuilt
 * @throws ReimageInvalidInputError for more VMs than there are, and for a zone or a VM that the plan does not rebuild
 */
export function chooseFailures(
  members: readonly Pick<FleetRow, 'instanceId' | 'az'>[],
  { fail = 0, failAz = [], failVm = [], seed }: FailureOptions,
): string[] {
  refuseUnknown(failAz, new Set(members.map(({ az }) => az ?? '')), 'failAz', 'zone');
  refuseUnknown(failVm, new Set(members.map(({ instanceId }) => instanceId)), 'failVm', 'VM');
  const isNamed = ({ instanceId, az }: Pick<FleetRow, 'instanceId' | 'az'>) =>
    failVm.includes(instanceId) || failAz.includes(az ?? '');
  const left = members.filter((member) => !isNamed(member));
  if (fail > left.length) {
    const others = left.length < members.length ? ' beside those that fail by zone or id' : '';
    throw new ReimageInvalidInputError(
      `${fail} VMs cannot fail: the plan rebuilds ${left.length}${others}. (--fail)`,
      'fail',
    );
  }
  const drawn = left.map(({ instanceId }) => ({ instanceId, lot: lotOf(seed, instanceId) }));
  const lots = drawn.toSorted((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, fail);
  const chosen = new Set([...members.filter(isNamed), ...lots].map(({ instanceId }) => instanceId));
  return members.map(({ instanceId }) => instanceId).filter((instanceId) => chosen.has(instanceId));
}

/** Near seeds do not resemble each other, and the same VM has the same lot in another plan. */
function lotOf(seed: number, instanceId: string): string {
  return createHash('sha256').update(`${seed}:${instanceId}`).digest('hex');
}

function refuseUnknown(named: readonly string[], known: ReadonlySet<string>, field: 'failAz' | 'failVm', what: string) {
  const unknown = named.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const there = [...known].toSorted();
  const more = there.length > MOST_NAMED ? ', …' : '';
  const option = field === 'failAz' ? '--fail-az' : '--fail-vm';
  throw new ReimageInvalidInputError(
    `The plan rebuilds no ${what} ${unknown.slice(0, MOST_NAMED).join(', ')}; there ${there.length === 1 ? 'is' : 'are'} ${there.slice(0, MOST_NAMED).join(', ')}${more}. (${option})`,
    field,
  );
}
