import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineUpdate,
  makeContinueAsNewFunc,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { FREEZE_WORKFLOW_ID, type FreezeEnd, FreezeRequest, UNFREEZE_UPDATE } from '../contracts/fleet/freeze.js';
import { MEMO } from '../contracts/names.js';
import { refuseOtherId } from './own-id.js';
import { parseInput } from './parse-request.js';

const unfreezeUpdate = defineUpdate<FreezeEnd, [unknown]>(UNFREEZE_UPDATE);

/**
 * Runs for as long as the namespace is frozen. That it runs is what freezes: who asked and why stand in its memo, so
 * that a freeze holds, and can be read, without any worker. It takes no input, since one that is wrong would end it.
 *
 * Only `unfreeze` ends it, which says who and why: it ignores a cancellation, since a batch that cancels all that runs
 * would lift it without a word.
 * @returns who ended it
 * @throws ApplicationFailure InvalidInput under an id that nobody asks for: it would freeze nothing
 */
export async function freeze(): Promise<FreezeEnd> {
  refuseOtherId(FREEZE_WORKFLOW_ID, 'Under another id it would freeze nothing. Use `reimage freeze` or the library.');
  let end: FreezeEnd | null = null;
  const unfreeze = (input: unknown): FreezeEnd => {
    // Two may come at once: the second is told who was first.
    end ??= { ...parseInput(FreezeRequest, input, 'unfreeze'), at: new Date().toISOString() };
    return end;
  };
  setHandler(unfreezeUpdate, unfreeze, {
    validator: (input) => void parseInput(FreezeRequest, input, 'unfreeze'),
    description: 'Ends the freeze of the namespace',
  });
  await CancellationScope.nonCancellable(() => untilEnded(() => end !== null && allHandlersFinished()));
  if (end === null) throw new Error('the freeze has no end');
  return end;
}

/** Events that a run has at least, so that one whose every run counts as full does not go round for nothing. */
const LEAST_EVENTS = 30;

/**
 * Waits for the end, however much is sent to the freeze until then. One whose history is full continues as new: that is
 * one step of the server, which freezes before, during and after it.
 */
async function untilEnded(isOver: () => boolean): Promise<void> {
  for (let seen = LEAST_EVENTS; !isOver(); seen = workflowInfo().historyLength + 1) {
    const isFull = () => workflowInfo().continueAsNewSuggested && workflowInfo().historyLength >= seen;
    await condition(() => isOver() || isFull());
    if (!isOver() && patched('freeze-continues')) await freezeOn();
  }
}

/** Who asked, why and since when stand in the memo, and are handed on. */
async function freezeOn(): Promise<void> {
  const { memo, startTime } = workflowInfo();
  const again = makeContinueAsNewFunc<() => Promise<FreezeEnd>>({
    memo: { [MEMO.frozenSince]: startTime.toISOString(), ...memo },
  });
  await again();
}
