import type { Operation } from './operation.js';
import { failureOf, toReimageError, type ReimageError } from './reimage-errors.js';

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
