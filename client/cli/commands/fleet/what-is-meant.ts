import { failureOf, ReimageInvalidInputError, toReimageError } from '../../../connection/errors.js';
import type { FleetOperation } from '../../../fleets/operation.js';
import type { CliDeps, CliFleets } from '../../io/deps.js';
import { confirm } from '../../io/terminal.js';
import { oneLine } from '../../io/text.js';

/** States of VMs that may be put back in the queue. */
const RETRIED = ['failed', 'rolled-back', 'cancelled'] as const;

/** The gate that an answer is for: the one that was named, or the open one, once a person has seen it and says so. */
export async function gateMeant(
  fleet: FleetOperation,
  { gate, whatFor }: { readonly gate: string | undefined; readonly whatFor: string },
  deps: CliDeps,
): Promise<string> {
  if (gate !== undefined) return gate;
  const open = summaryOf(fleet).gate ?? null;
  if (open === null) throw refused('The fleet does not wait for approval.');
  if (!deps.io.canAsk) {
    const name = oneLine(open.name);
    throw unnamed(`waits for approval ${name}. Name the gate that you mean: --gate '${name}'.`, 'gate');
  }
  await confirm(open.name, whatFor, deps, 'the name of the gate');
  return open.name;
}

/** The pause that is to end: the one that was named, or the present one, once a person has seen it and says so. */
export async function pauseMeant(fleet: FleetOperation, pause: number | undefined, deps: CliDeps): Promise<number> {
  if (pause !== undefined) return pause;
  const present = summaryOf(fleet).pause ?? null;
  if (present === null) throw refused('The fleet is not paused.');
  const { number } = present;
  if (!deps.io.canAsk) {
    throw unnamed(`is in pause ${number}. Name the pause that you mean: --pause ${number}.`, 'pause');
  }
  await confirm(String(number), 'end this pause', deps, 'the number of the pause');
  return number;
}

/** The VMs that have failed, each shown: one that fails a moment later was not looked at, and is not erased again. */
export async function failedNow(fleets: CliFleets, fleet: FleetOperation, { io }: CliDeps): Promise<string[]> {
  if (!fleet.isRunning) throw ended(fleet);
  const failed = await fleets.members(fleet, { states: [...RETRIED] });
  if (failed.length === 0) throw refused('No VM has failed.');
  for (const { instanceId, state, failure, reason } of failed) {
    const why = [failure, reason].filter((text) => text !== null).join(': ');
    io.err(oneLine(`${instanceId} ${state}${why === '' ? '' : `: ${why}`}`));
  }
  return failed.map(({ instanceId }) => instanceId);
}

/** What nobody can see now is not answered: a moment later it may be another gate. */
function summaryOf({ summary, isRunning, operationId, note }: FleetOperation) {
  if (summary !== null && isRunning) return summary;
  if (!isRunning) throw ended({ operationId });
  throw toReimageError(failureOf('NoWorker', `Nothing was done, since ${note ?? 'nothing tells where the fleet is'}.`));
}

function ended({ operationId }: Pick<FleetOperation, 'operationId'>) {
  return refused(`${operationId} has ended: nothing can be done to it any more.`);
}

function refused(message: string) {
  return toReimageError(failureOf('DecisionRefused', message));
}

function unnamed(what: string, field: string) {
  return new ReimageInvalidInputError(`Not a terminal, so that nobody can confirm; the fleet ${what}`, field);
}
