import { failureOf, ReimageInvalidInputError, toReimageError } from '../../reimage-errors.js';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import type { CliDeps } from '../cli-deps.js';
import { confirm } from '../confirm.js';
import { oneLine } from '../display-text.js';

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

/** What nobody can see now is not answered: a moment later it may be another gate. */
function summaryOf({ summary, isRunning, operationId, note }: FleetOperation) {
  if (summary !== null && isRunning) return summary;
  if (!isRunning) throw refused(`${operationId} has ended: nothing can be done to it any more.`);
  throw toReimageError(failureOf('NoWorker', `Nothing was done, since ${note ?? 'nothing tells where the fleet is'}.`));
}

function refused(message: string) {
  return toReimageError(failureOf('DecisionRefused', message));
}

function unnamed(what: string, field: string) {
  return new ReimageInvalidInputError(`Not a terminal, so that nobody can confirm; the fleet ${what}`, field);
}
