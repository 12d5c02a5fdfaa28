import {
  allHandlersFinished,
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
} from '../contracts/fleet/freeze.js';
import { MEMO } from '../contracts/names.js';
import { refuseOtherId } from './own-id.js';
import { parseInput } from './parse-request.js';

const unfreezeUpdate = defineUpdate<FreezeEnd, [unknown]>(UNFREEZE_UPDATE);
const renewUpdate = defineUpdate<void>(RENEW_FREEZE_UPDATE);

/**
 * Runs for as long as the namespace is frozen. That it runs is what freezes: who asked and why stand in its memo, so
 * that a freeze holds, and can be read, without any worker. It takes no input, since one that is wrong would end it.
 *
 * Renewed, it continues as new, which the server does in one step: there is no moment in which the namespace is not frozen.
 * @returns who ended it
 * @throws ApplicationFailure InvalidInput under an id that nobody asks for: it would freeze nothing
 */
export async function freeze(): Promise<FreezeEnd> {
  refuseOtherId(FREEZE_WORKFLOW_ID, 'Under another id it would freeze nothing. Use `reimage freeze` or the library.');
  // An object, since the compiler takes a variable that only a handler sets for null for ever.
  const asked: { end: FreezeEnd | null; renewal: boolean } = { end: null, renewal: false };
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
  await condition(() => asked.end !== null || asked.renewal);
  await condition(allHandlersFinished);
  return asked.end ?? (await renewed());
}

async function renewed(): Promise<FreezeEnd> {
  const { memo, startTime } = workflowInfo();
  // Without this the next run would inherit the memo as it stands at the server: under the old key.
  const continued = makeContinueAsNewFunc<typeof freeze>({ memo: { [MEMO.since]: startTime.toISOString(), ...memo } });
  return await continued();
}
