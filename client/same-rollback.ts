import type { RebuildRequest } from '../contracts/rebuild-request.js';
import type { ClientContext } from './client-context.js';
import type { Operation } from './operation.js';
import { newRollback } from './plan-rollback.js';
import { readOperation } from './read-operation.js';
import { ReimageNotFoundError } from './reimage-errors.js';
import type { Ended } from './rollback-image.js';
import type { RollbackOptions } from './rollback-options.js';
import { differences, MAY_DIFFER, readEarlier, reused } from './same-request.js';

/** What of its options a rollback takes into its request as it is. */
const TAKEN = ['imageId', 'keyNames', 'passwordRef', 'imageInherit', 'overrideProtection'] as const;

/**
 * Refuses a rollback whose request id has started something else.
 * @param known - what the id has started
 * @throws ReimageError `RequestIdReused` naming what differs, `Unexpected` when it cannot be read · ReimageUnreachableError
 */
export async function refuseIfOtherRollback(
  context: ClientContext,
  known: Operation,
  options: RollbackOptions,
): Promise<void> {
  if (known.rollbackOf === null) throw reused(known, ['that was a rebuild, and this is a rollback']);
  const earlier = await readEarlier(context, known);
  if (earlier === null) return;
  const undone = await readUndone(context, known, known.rollbackOf);
  const differ =
    undone === null
      ? differences(askedIn(earlier, options), askedIn(options, options), [])
      : differences(earlier, (await newRollback(context, undone, options)).request, mayDiffer(options));
  if (differ.length > 0) throw reused(known, differ);
}

/** Which images it may erase the world has told then, unless the caller does. */
function mayDiffer({ fromImageId }: RollbackOptions): readonly string[] {
  return fromImageId === undefined ? [...MAY_DIFFER, 'onlyFromImages'] : MAY_DIFFER;
}

/** The rebuild that was undone; null where the namespace knows it no more, and so cannot tell what the rollback came to. */
async function readUndone(context: ClientContext, known: Operation, runId: string): Promise<Ended | null> {
  const { regionId, instanceId } = known;
  try {
    const operation = await readOperation(context, { regionId, instanceId, runId });
    return operation.result === null ? null : { ...operation, result: operation.result };
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}

function askedIn(from: RebuildRequest | RollbackOptions, options: RollbackOptions): Readonly<Record<string, unknown>> {
  const asked = TAKEN.filter((name) => options[name] !== undefined);
  return Object.fromEntries(asked.map((name) => [name, from[name]]));
}
