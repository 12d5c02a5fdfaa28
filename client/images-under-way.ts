import type { Phase } from '../contracts/phases.js';
import type { ClientContext } from './client-context.js';
import { listOperations } from './list-operations.js';
import type { Operation } from './operation.js';
import { readOperation } from './read-operation.js';
import { failureOf, toReimageError, unreadableError } from './reimage-errors.js';

const MOST_UNDER_WAY = 100_000;

/** How many rebuilds are asked at a time. */
const AT_A_TIME = 20;

/** Phases in which the VM still has its former image, so that the image is seen to be in use. */
const BEFORE_THE_ERASE: readonly Phase[] = ['validating', 'stopping', 'backing-up'];

/**
 * Images that the rebuilds under way of a region depend on: backups that they have made, images that they put on, and
 * those that the VMs had before, which no VM uses once they are rebuilt and which a rollback may need. The index that
 * tells who is under way lags by a moment, and leaves nothing out that matters: a backup of that moment is too young to
 * be deleted, and a rebuild of that moment has erased nothing, so that its VM uses its former image.
 * @throws ReimageUnreachableError (also `NoWorker`, when a rebuild past its erase does not tell its former image) ·
 * ReimageError `Unreadable` when one has ended meanwhile with a result that cannot be decrypted here
 */
export async function imagesUnderWay(context: ClientContext, regionId: string): Promise<string[]> {
  const running = await listOperations(context, { regionId, running: true, limit: MOST_UNDER_WAY });
  const images = running.flatMap(({ backupImageId, imageId }) => [backupImageId, imageId]);
  for (let first = 0; first < running.length; first += AT_A_TIME) {
    const some = running.slice(first, first + AT_A_TIME);
    images.push(...(await Promise.all(some.map((each) => formerImage(context, each)))));
  }
  return [...new Set(images.filter((id) => id !== null))];
}

async function formerImage(context: ClientContext, listed: Operation): Promise<string | null> {
  const operation = await readOperation(context, listed);
  const { progress, phase, note, operationId, result, unreadable } = operation;
  if (operation.status !== 'running' && unreadable !== undefined) throw unreadableError(operationId, unreadable);
  if (operation.status !== 'running') return result?.imageBefore ?? null;
  if (progress?.imageBeforeId !== undefined) return progress.imageBeforeId;
  if (phase === null || BEFORE_THE_ERASE.includes(phase)) return null;
  const message = `Nothing was deleted: ${operationId} does not tell which image its VM had before, and may need it again: ${note ?? 'its worker is too old to tell'}.`;
  throw toReimageError(failureOf('NoWorker', message));
}
