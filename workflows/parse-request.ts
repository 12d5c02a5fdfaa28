import { ApplicationFailure } from '@temporalio/workflow';
import * as z from 'zod';
import { RebuildRequest } from '../contracts/rebuild-request.js';

/**
 * Parses a workflow's input. A plain error thrown in a workflow would retry its task for ever, so a malformed input
 * becomes a final failure.
 * @throws ApplicationFailure InvalidInput, naming each field
 */
export function parseRebuildRequest(input: unknown): RebuildRequest {
  const parsed = RebuildRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  throw ApplicationFailure.nonRetryable(`Invalid rebuild request. ${z.prettifyError(parsed.error)}`, 'InvalidInput');
}
