import { CommanderError } from 'commander';
import { FAILURES } from '../../../contracts/failures.js';
import type { Failure } from '../../../contracts/rebuild-result.js';
import {
  failureOf,
  ReimageBusyError,
  ReimageError,
  ReimageFleetBusyError,
  ReimageInvalidInputError,
} from '../../connection/errors.js';
import type { Io } from '../io/deps.js';
import { INTERRUPTED, OK, USAGE } from '../io/exit-codes.js';
import { InterruptedError } from '../io/terminal.js';
import { usageText } from '../io/text.js';
import { renderFailure } from './operation.js';

/** What is known of a command that failed. */
export interface FailedCommand {
  readonly isJson: boolean;
  readonly instanceId: unknown;
  readonly regionId: unknown;
}

/** Tells an error: to people on stderr, to programs as one JSON object on stdout. Gives the exit code. */
export function reportError(error: unknown, command: FailedCommand, io: Io): number {
  if (error instanceof CommanderError && error.exitCode === 0) return OK;
  const failure = failureIn(error);
  const isInterrupted = error instanceof InterruptedError;
  // commander has written its own message, with a hint, to stderr already.
  if (isInterrupted) io.err(error.message);
  else if (!(error instanceof CommanderError)) {
    const [first = '', ...more] = renderFailure(failure, problemsOf(error));
    io.err(`reimage: ${first}`);
    for (const line of more) io.err(`  ${line}`);
  }
  if (command.isJson) io.out(JSON.stringify(jsonOf(error, failure, command)));
  if (isInterrupted) return INTERRUPTED;
  return error instanceof CommanderError ? USAGE : FAILURES[failure.type].exitCode;
}

/** What is told one a line: where only one thing is wrong, it stands on the first. */
function problemsOf(error: unknown): string[] {
  const problems = error instanceof ReimageInvalidInputError ? error.problems : [];
  return problems.length > 1 ? problems.map(({ text }) => text) : [];
}

function failureIn(error: unknown): Failure {
  if (error instanceof ReimageError) return error.failure;
  if (error instanceof InterruptedError) return failureOf('NotConfirmed', error.message);
  if (error instanceof CommanderError)
    return failureOf('InvalidInput', usageText(error.message.replace(/^error: /, '')));
  return failureOf('Unexpected', error instanceof Error ? error.message : String(error));
}

function jsonOf(error: unknown, failure: Failure, { instanceId, regionId }: FailedCommand): object {
  const isCancelled = failure.type === 'Cancelled' || failure.type === 'NotConfirmed';
  return {
    outcome: isCancelled ? 'cancelled' : 'failed',
    ...((error instanceof ReimageBusyError || error instanceof ReimageFleetBusyError) && {
      operationId: error.holder.operationId,
    }),
    ...(typeof regionId === 'string' && { regionId: usageText(regionId) }),
    ...(typeof instanceId === 'string' && { instanceId: usageText(instanceId) }),
    failure,
  };
}
