import * as z from 'zod';
import { RebuildRequest } from '../contracts/rebuild-request.js';
import type { ClientContext } from './client-context.js';
import type { Operation } from './operation.js';
import { readInput } from './read-input.js';
import { failureOf, toReimageError } from './reimage-errors.js';

const { shape } = RebuildRequest;

/** What a rollback takes over from the request that it undoes. What else stands in that request is not looked at. */
const EarlierRequest = z.object({
  keyNames: shape.keyNames,
  passwordRef: shape.passwordRef,
  passWordAuth: shape.passWordAuth,
  imageInherit: shape.imageInherit,
  healthChecks: shape.healthChecks,
});
export type EarlierRequest = z.output<typeof EarlierRequest>;

/**
 * Reads what a rebuild was asked to do, from the first event of its history.
 * @throws ReimageError `Unexpected` when it cannot be read · ReimageUnreachableError
 */
export async function readRequest(
  context: ClientContext,
  { operationId, runId }: Pick<Operation, 'operationId' | 'runId'>,
): Promise<EarlierRequest> {
  const request = EarlierRequest.safeParse(await readInput(context, { operationId, runId }));
  if (request.success) return request.data;
  const message = `This version of Reimage cannot read what run ${runId} of ${operationId} was asked to do.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the version of Reimage that asked for it.'));
}
