import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import { type First, FIRST_KINDS, type PairCell } from './pair-cells.js';
import { heldCalls, type PairVm } from './pair-vm.js';

/**
 * How long a call or a read is held, and so how long those of a world have to come to where the second fault strikes:
 * less than a worker waits for an answer.
 */
export const HOLD_MS = 8_000;

/** How long an accepted change may stay invisible: longer than a call is under way, as it is where it counts. */
export const SETTLE_MS = 10_000;

/** The pause after JD Cloud's "busy", and the least one after any other failure (workflows/runtime/retry-policies.ts). */
const BUSY_DELAY_MS = 5_000;
const RETRY_DELAY_MS = 1_000;

/** Milliseconds from the first attempt's failure to the next attempt's call: a call that may be out is looked for first. */
export function leadMs({ call, first }: Pick<PairCell, 'call' | 'first'>): number {
  if (first === 'none') return 0;
  if (first === 'busy-400') return BUSY_DELAY_MS;
  return RETRY_DELAY_MS + (isLookedFor(call.operation, first) ? SETTLE_MS : 0);
}

function isLookedFor(operation: string, first: First): boolean {
  return first === 'call-503' && (operation === 'rebuildInstance' || operation === 'createImage');
}

/** Longest that the answer to a look may take before the VM is looked at once more right before the rebuild call. */
const SLOW_LOOK_MS = 1_200;

/**
 * Sets both faults of a cell, from the moment on in which the VM goes on to the call under test.
 * @param reads - reads of the VM from then up to the call, when nothing goes wrong
 */
export function armCell({ cloud, call }: PairVm, cell: PairCell, reads: number): void {
  for (const rule of [...firstRules(cell, reads), ...holdRules(cell, reads)]) cloud.addFault(rule);
  function firstRules({ first }: PairCell, count: number): FaultRule[] {
    if (first === 'none') return [];
    const kind = FIRST_KINDS[first];
    if (first === 'read-503') return [{ operation: READ, skip: count - 1, kind }];
    return [{ operation: call.operation, kind }];
  }
}

const READ = 'describeInstances';

/** What a lost rebuild call is looked for by, before and after the settle time. */
const READS_OF_RECONCILING = 2;

function holdRules({ call, first, moment }: PairCell, reads: number): FaultRule[] {
  const { operation } = call;
  if (moment !== 'before-wire') {
    return [
      {
        operation,
        skip: failedCalls(first),
        kind: { delayMs: HOLD_MS, when: moment === 'performed' ? 'after' : 'before' },
      },
    ];
  }
  const again = first === 'none' ? 0 : call.readsOfAttempt;
  const reconciling = operation === 'rebuildInstance' && first === 'call-503' ? READS_OF_RECONCILING : 0;
  const skip = reads - 1 + again + reconciling;
  // What was seen is answered late.
  const held: FaultRule = { operation: READ, skip, kind: { delayMs: HOLD_MS, when: 'after' } };
  if (operation !== 'rebuildInstance') return [held];
  return [{ operation: READ, skip, kind: { delayMs: SLOW_LOOK_MS, when: 'after' } }, held];
}

/** Whether the VM is where the second fault is to strike: the first has struck, and the hold has too. */
export function isHeld(vm: PairVm, { call, first, moment }: PairCell): boolean {
  const { journal } = vm.cloud;
  const failed = journal.calls().filter(({ fault }) => fault?.startsWith('status') === true).length;
  const hasFailed = first === 'none' || failed > (call.story.trouble === null ? 0 : 1);
  const held = heldCalls(vm).filter(({ fault }) => fault?.includes(`delay ${HOLD_MS} ms`) === true);
  if (!hasFailed || held.length === 0) return false;
  if (moment !== 'before-wire')
    return held.some(
      ({ operation, performed }) => operation === call.operation && performed === (moment === 'performed'),
    );
  const called = journal.calls({ operation: call.operation }).length;
  return held.some(({ operation }) => operation === READ) && called === call.nth - 1 + failedCalls(first);
}

function failedCalls(first: First): number {
  return first === 'busy-400' || first === 'call-503' ? 1 : 0;
}
