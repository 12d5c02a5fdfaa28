import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineUpdate,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  FREEZE_WORKFLOW_ID,
  type FreezeEnd,
  FreezeRequest,
  RENEW_FREEZE_UPDATE,
  UNFREEZE_UPDATE,
} from '../contracts/freeze.js';
import { MEMO } from '../contracts/names.js';
import { refuseOtherId } from './runtime/own-id.js';
import { parseInput } from './runtime/parse-input.js';

const unfreezeUpdate = defineUpdate<FreezeEnd, [unknown]>(UNFREEZE_UPDATE);
const renewUpdate = defineUpdate<void>(RENEW_FREEZE_UPDATE);

/**
 * Runs for as long as the namespace is frozen. That it runs is what freezes: who asked and why stand in its memo, so
 * that a freeze holds, and can be read, without any worker. It takes no input, since one that is wrong would end it.
 *
 * Only `unfreeze` ends it, which says who and why: it ignores a cancellation, since a batch that cancels all that runs
 * would lift it without a word.
 * Renewed, it continues as new, which the server does in one step: there is no moment in which the namespace is not frozen.
 * @returns who ended it
 * @throws ApplicationFailure InvalidInput under an id that nobody asks for: it would freeze nothing
 */
export async function freeze(): Promise<FreezeEnd> {
  refuseOtherId(FREEZE_WORKFLOW_ID, 'Under another id it would freeze nothing. Use `reimage freeze` or the library.');
  // An object, since the compiler takes a variable that only a handler sets for null for ever.
  const asked: Asked = { end: null, renewal: false };
  const unfreeze = (input: unknown): FreezeEnd => {
    // Two may come at once: the second is told who was first.
    asked.end ??= { ...parseInput(FreezeRequest, input, 'unfreeze'), at: new Date().toISOString() };
    return asked.end;
  };
  setHandler(unfreezeUpdate, unfreeze, {
    validator: (input) => void parseInput(FreezeRequest, input, 'unfreeze'),
    description: 'Ends the freeze of the namespace',
  });
  setHandler(renewUpdate, () => void (asked.renewal = true), {
    description: 'Continues the freeze as new, with nothing of it under an old key',
  });
  await CancellationScope.nonCancellable(() => untilEnded(asked));
  if (asked.end === null) throw new Error('the freeze has no end');
  return asked.end;
}

/** What has been asked of a freeze. */
interface Asked {
  end: FreezeEnd | null;
  renewal: boolean;
}

/** Events that a run has at least, so that one whose every run counts as full does not go round for nothing. */
const LEAST_EVENTS = 30;

/**
 * Waits for the end, however much is sent to the freeze until then. One whose history is full, or that is to be renewed,
 * continues as new: that is one step of the server, which freezes before, during and after it.
 */
async function untilEnded(asked: Asked): Promise<void> {
  const isOver = () => asked.end !== null && allHandlersFinished();
  const isRenewed = () => asked.renewal && allHandlersFinished();
  for (let seen = LEAST_EVENTS; !isOver(); seen = workflowInfo().historyLength + 1) {
    const isFull = () => workflowInfo().continueAsNewSuggested && workflowInfo().historyLength >= seen;
    await condition(() => isOver() || isRenewed() || isFull());
    if (!isOver()) await freezeOn();
  }
}

/**
 * Who asked, why and since when stand in the memo, and are handed on: one that was not named would be inherited as it
 * stands at the server, under the key of then.
 */
async function freezeOn(): Promise<void> {
  const { memo, startTime } = workflowInfo();
  const again = makeContinueAsNewFunc<() => Promise<FreezeEnd>>({
    memo: { [MEMO.frozenSince]: startTime.toISOString(), ...memo },
  });
  await again();
}
