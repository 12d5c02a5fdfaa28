import { type Decision, DecisionTaken, type Held } from '../../contracts/decision.js';
import { DECIDE_UPDATE } from '../../contracts/names.js';
import type { CallOptions, ClientContext } from '../connection/context.js';
import { failureOf, type ReimageError, toReimageError } from '../connection/errors.js';
import { sendUpdate, updateIdOf } from '../connection/send-update.js';
import type { Operation } from './operation.js';
import { readOperation, type RunOfVm } from './read.js';

export interface DecideOptions extends CallOptions {
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/**
 * Decides a held rebuild, and returns once the workflow has taken the decision. The same decision, reason and name on
 * the same hold are one decision, however often they are sent. Without `heldSince` the hold that is found is meant; the
 * workflow refuses whatever is meant for another one.
 * @throws ReimageError `DecisionRefused` when the rebuild waits for no such decision · ReimageNotFoundError when no
 * rebuild is under way · ReimageUnreachableError (also: no worker)
 */
export async function decideRebuild(
  context: ClientContext,
  run: RunOfVm,
  decision: Decision,
  { workerTimeoutMs }: DecideOptions = {},
): Promise<DecisionTaken> {
  const operation = await readOperation(context, run);
  const { since } = heldFor(operation, decision.decision);
  const { operationId, runId } = operation;
  const { heldSince = since } = decision;
  if (Date.parse(heldSince) !== Date.parse(since)) {
    throw refused(`${operationId} is held anew, since ${since}: look at why before you decide.`);
  }
  return await sendUpdate(context, {
    handle: context.client.workflow.getHandle(operationId, runId),
    name: DECIDE_UPDATE,
    input: { ...decision, heldSince: since },
    // The same for the same decision on the same hold; another hold of the run is another decision.
    updateId: updateIdOf('decide', [since, decision.decision, decision.reason, decision.by]),
    answer: DecisionTaken,
    ended: () => nothingUnderWay(operation),
    late: {
      message: `No worker has taken the decision on ${operationId} in time. One that comes later may still take it.`,
      next: 'See with `reimage status`; to send the same decision again does no harm.',
    },
    byHand: 'To give the hold up without an update: `reimage cancel`.',
    unreadable: {
      message: 'The worker answered a decision that this version of Reimage cannot read; it was taken.',
      next: 'See with `reimage status` what came of it.',
    },
    ...(workerTimeoutMs !== undefined && { workerTimeoutMs }),
  });
}

/**
 * What a rebuild is held for, when this may be decided.
 * @throws ReimageError `DecisionRefused` · ReimageNotFoundError when it has ended · ReimageUnreachableError when no worker tells
 */
export function heldFor(operation: Operation, decision: Decision['decision']): Held {
  const { operationId, status, progress, phase, note } = operation;
  if (status !== 'running') throw nothingUnderWay(operation);
  if (progress === null) {
    throw toReimageError(
      failureOf('NoWorker', `Nothing was decided, since ${note ?? 'nothing tells what the rebuild waits for'}.`),
    );
  }
  if (!progress.held) throw refused(`${operationId} waits for no decision: it is in phase ${phase ?? 'unknown'}.`);
  const { choices } = progress.held;
  if (choices.includes(decision)) return progress.held;
  throw refused(`${operationId} is held, but ${decision} cannot be decided: there is ${choices.join(', ')}.`);
}

function refused(message: string) {
  return toReimageError(failureOf('DecisionRefused', message));
}

/** The error of whoever acts on a rebuild under way where none is: says how the last one ended. @param last - the latest rebuild of the VM */
export function nothingUnderWay({ instanceId, status, finishedAt }: Operation): ReimageError {
  const how = status === 'running' ? 'it ended just now' : `the last one ended ${status} at ${finishedAt ?? '?'}`;
  return toReimageError(
    failureOf(
      'OperationNotFound',
      `No rebuild of ${instanceId} is under way: ${how}.`,
      'Nothing. See `reimage status`.',
    ),
  );
}
