import { setTimeout as delay } from 'node:timers/promises';
import type { RebuildResult } from '../../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { ownScope } from '../../chaos/own-scope.js';
import { eventually } from '../../fixtures/eventually.js';
import { outcomeOf } from '../../fixtures/outcome.js';
import type { Engine } from '../shared-worker.js';
import { type Evidence, within } from '../story-run.js';
import { CALLS_UNDER_TEST } from './calls-under-test.js';
import type { Happening, PairCell } from './pair-cells.js';
import { openStage } from './pair-stage.js';
import { heldCalls, isInRoom, type PairVm, startPairVm } from './pair-vm.js';
import { createSleepingMachine } from './sleeping-machine.js';
import { type Approach, deadlineSeconds, gatherAndStrike, meetAlone, type Part, wakeLater } from './strike.js';

/** What came of one cell, before it is judged. */
export interface PairEvidence extends Evidence {
  readonly cell: PairCell;
  readonly oldBackupId: string;
  /** The second fault came while the VM was where the cell says. */
  readonly isStruck: boolean;
  /** Calls on their way that could still take effect when the rebuild had ended. */
  readonly outAtEnd: readonly string[];
}

/** By the name of the call under test. */
export type Approaches = ReadonlyMap<string, Approach>;

const CALLED_WITHIN_MS = 120_000;
/** From the second fault on: attempts that are lost to a silent worker one after the other, and the phases after them. */
const ENDS_WITHIN_MS = 300_000;
const AT_REST_WITHIN_MS = 120_000;
/** Time for what a worker sends once it is awake again. */
const LATE_MS = 6_000;

/** Finds out what comes before each call under test, by one rebuild each in which nothing goes wrong. */
export async function measureApproaches(engine: Engine): Promise<Approaches> {
  const scope = ownScope();
  try {
    const vms = await Promise.all(CALLS_UNDER_TEST.map((call) => startPairVm(scope, call)));
    const stage = await openStage(scope, engine, vms);
    const measure = async (vm: PairVm): Promise<[string, Approach]> => {
      const { cloud, call, instanceId } = vm;
      let begunAt = performance.now();
      await stage.rebuild(vm);
      await cloud.waitFor(() => isInRoom(vm), CALLED_WITHIN_MS);
      const from = call.room === null ? 0 : (cloud.journal.entries().at(-1)?.seq ?? 0);
      if (call.room !== null) {
        begunAt = performance.now();
        cloud.act.release(instanceId);
      }
      await cloud.waitFor(() => callUnderTest(vm) !== undefined, CALLED_WITHIN_MS);
      const ms = performance.now() - begunAt;
      const to = callUnderTest(vm)?.seq ?? 0;
      const reads = cloud.journal.calls({ operation: 'describeInstances' });
      return [call.name, { reads: reads.filter(({ seq }) => seq > from && seq < to).length, ms }];
    };
    return new Map(await Promise.all(vms.map(measure)));
  } finally {
    await scope.end();
  }
}

/** The call under test in the journal. */
function callUnderTest({ call: { nth, operation }, cloud }: PairVm) {
  return cloud.journal.calls({ operation })[nth - 1];
}

/**
 * Plays cells of one happening, all of them with one worker: their VMs gather at their calls under test, then it is
 * killed, frozen or put to sleep, and a second one takes over. After three heartbeat timeouts the first goes on.
 * @param how.library - compiled by `compileSleep`; needed where a machine is to sleep
 */
export async function playPairs(
  engine: Engine,
  happening: Happening,
  cells: readonly PairCell[],
  { approaches, library }: { readonly approaches: Approaches; readonly library: string | null },
): Promise<PairEvidence[]> {
  const scope = ownScope();
  try {
    const parts = await Promise.all(
      cells.map(async (cell) => {
        const vm = await startPairVm(scope, cell.call, deadlineSeconds(cell));
        return { cell, vm, approach: approaches.get(cell.call.name) ?? { reads: 1, ms: 0 } };
      }),
    );
    const machine = happening === 'asleep' && library !== null ? await createSleepingMachine(scope, library) : null;
    const vms = parts.map(({ vm }) => vm);
    const stage = await openStage(scope, engine, vms, machine?.env);
    if (happening === 'alive') {
      const struck = await meetAlone(stage, parts);
      return await evidenceOf(parts, struck, await Promise.all(vms.map(endOf)));
    }
    const { struck, at } = await gatherAndStrike(stage, parts, happening);
    const awake = happening === 'killed' ? null : wakeLater(stage, machine, at).then(() => delay(LATE_MS));
    const [ends] = await Promise.all([Promise.all(vms.map(endOf)), awake]);
    return await evidenceOf(parts, struck, ends);
  } finally {
    await scope.end();
  }
}

/** How a rebuild ended, and what was still on its way then. */
interface End {
  readonly result: RebuildResult | null;
  readonly noResult: string | null;
  readonly outAtEnd: readonly string[];
}

async function endOf(vm: PairVm): Promise<End> {
  const { handle } = vm;
  if (handle === null) return { result: null, noResult: 'it was not started', outAtEnd: [] };
  const ended = await within(ENDS_WITHIN_MS, outcomeOf(handle)).then(
    (result) => ({ result, noResult: null }),
    (error: unknown) => ({ result: null, noResult: String(error) }),
  );
  const out = heldCalls(vm).filter(({ operation, performed }) => !operation.startsWith('describe') && !performed);
  if (ended.result === null) await handle.terminate('the matrix gives it up').catch(() => undefined);
  return { ...ended, outAtEnd: out.map(({ operation }) => operation) };
}

async function evidenceOf(
  parts: readonly Part[],
  struck: readonly boolean[],
  ends: readonly End[],
): Promise<PairEvidence[]> {
  return await Promise.all(
    parts.map(async ({ cell, vm }, index) => {
      const { cloud, instanceId, imageAsked, oldBackupId } = vm;
      const isAtRest = () => cloud.vm(instanceId).task === null && heldCalls(vm).length === 0;
      await eventually('the VM is at rest', isAtRest, AT_REST_WITHIN_MS);
      const { status, imageId } = cloud.vm(instanceId);
      return {
        cell,
        instanceId,
        powerBefore: cell.call.story.status,
        imageBefore: DEFAULT_IMAGE_ID,
        imageAsked,
        oldBackupId,
        ...(ends[index] ?? { result: null, noResult: 'it was lost', outAtEnd: [] }),
        isStruck: struck[index] === true,
        neighbours: [instanceId],
        calls: cloud.journal.calls(),
        changes: cloud.journal.changes(),
        vm: { status, imageId },
      };
    }),
  );
}
