import type { Phase } from '../../contracts/rebuild-progress.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import type { CallEntry, ChangeEntry } from '../../simulator/model/journal.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { eventually } from '../fixtures/eventually.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import type { Cell, Story } from './cells.js';
import type { SharedWorker } from './shared-worker.js';
import { Milestones } from './sites.js';
import type { World } from './world.js';

/** What is known of one rebuild once it has ended: what it says, and what the cloud says. */
export interface Evidence {
  readonly instanceId: string;
  readonly powerBefore: 'running' | 'stopped';
  readonly imageBefore: string;
  readonly imageAsked: string;
  /** Null when it did not end, or ended without a result that its contract takes. */
  readonly result: RebuildResult | null;
  /** Why there is no result. */
  readonly noResult: string | null;
  /** All VMs of the world that are rebuilt, this one and those of other cells. */
  readonly neighbours: readonly string[];
  /** All calls and changes of the world. */
  readonly calls: readonly CallEntry[];
  readonly changes: readonly ChangeEntry[];
  /** The VM at rest, after the end. */
  readonly vm: { readonly status: string; readonly imageId: string };
}

/** Seconds of a phase that must not end by its deadline on a busy machine, and of one beside the phase that is to. */
const AMPLE_SECONDS = 120;
const ENOUGH_SECONDS = 30;
/**
 * Seconds of a phase whose fault lasts until its deadline. Several times what the phase takes when nothing goes wrong:
 * of a rollback, the first rebuild keeps to it too, and one that is slower never comes to the call that is to fail.
 */
const SHORT_SECONDS = 12;

/** Longest that a rebuild of the matrix may take: its phases, a rollback's, and the minute that restoring the power state may take. */
export const ENDS_WITHIN_MS = 180_000;

const AT_REST_WITHIN_MS = 10_000;

/** Ample ones, save for what the cell wants to see run out. A rollback's phases share the deadlines of the rebuild's. */
function deadlinesOf(cell: Cell | undefined) {
  const phase = cell?.span === 'to-deadline' ? cell.site.phase : null;
  const other = phase === null ? AMPLE_SECONDS : ENOUGH_SECONDS;
  const of = (...phases: readonly (Phase | null)[]) => (phases.includes(phase) ? SHORT_SECONDS : other);
  return {
    validatingSeconds: of('validating', 'rolling-back'),
    stoppingSeconds: of('stopping'),
    backingUpSeconds: of('backing-up'),
    rebuildingSeconds: of('rebuilding', 'rolling-back'),
    startingSeconds: of('starting', 'rolling-back'),
    verifyingSeconds: of('verifying', 'rolling-back'),
  };
}

/** Rebuilds one VM of a world, with the story's faults and the cell's. */
export async function runStory(
  worker: SharedWorker,
  { cloud, instanceIds }: World,
  instanceId: string,
  { request, trouble }: Story,
  cell?: Cell,
): Promise<Evidence> {
  if (trouble !== null) faultAfter(cloud, instanceId, 'rebuildInstance#1', { ...trouble, instanceId });
  if (cell !== undefined) setFault(cloud, instanceId, cell);
  const asked = { imageId: OTHER_IMAGE_ID, deadlines: deadlinesOf(cell), ...request };
  const handle = await worker.start(requestFor(instanceId, asked));
  const ended = await within(ENDS_WITHIN_MS, outcomeOf(handle)).then(
    (result) => ({ result, noResult: null }),
    (error: unknown) => ({ result: null, noResult: String(error) }),
  );
  if (ended.result === null) await handle.terminate('the matrix gives it up').catch(() => undefined);
  await eventually('the VM is at rest', () => isAtRest(cloud, instanceId), AT_REST_WITHIN_MS);
  const { journal } = cloud;
  const { status, imageId } = cloud.vm(instanceId);
  return {
    instanceId,
    powerBefore: 'running',
    imageBefore: DEFAULT_IMAGE_ID,
    imageAsked: OTHER_IMAGE_ID,
    ...ended,
    neighbours: instanceIds,
    calls: journal.calls(),
    changes: journal.changes(),
    vm: { status, imageId },
  };
}

/** Sets the cell's fault: at once, or when the cloud has come to its milestone. */
function setFault(cloud: Simulator, instanceId: string, { site, rule }: Cell): void {
  if (site.milestone === null) cloud.addFault({ ...rule, instanceId });
  else if (site.milestone === 'begin') cloud.addFault(rule);
  else faultAfter(cloud, instanceId, site.milestone, rule);
}

/** Sets a fault at a milestone of the VM, unless that never comes. */
function faultAfter(cloud: Simulator, instanceId: string, milestone: string, rule: FaultRule): void {
  const hasCome = ({ journal }: Simulator) => {
    const milestones = new Milestones();
    // An image that changes is the VM's own: such milestones are for cells that have a region to themselves.
    const ofVm = journal.entries().filter((entry) => (entry.instanceId ?? instanceId) === instanceId);
    return ofVm.some((entry) => milestones.nameOf(entry) === milestone);
  };
  cloud
    .waitFor(hasCome, ENDS_WITHIN_MS + AT_REST_WITHIN_MS)
    .then(() => cloud.addFault(rule))
    .catch(() => undefined); // a milestone that never came: the cell is not struck
}

/** Nothing is under way on the VM, and no call to it is held back any more. */
function isAtRest({ vm, journal }: Simulator, instanceId: string): boolean {
  const heldBack = journal.calls({ instanceId }).some((call) => call.fault?.startsWith('delay') && !call.httpStatus);
  return vm(instanceId).task === null && !heldBack;
}

/** @throws Error when it takes longer */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${limitMs / 1000} s.`)), limitMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
