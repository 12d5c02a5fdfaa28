import { ApplicationFailure } from '@temporalio/workflow';
import * as z from 'zod';
import { RebuildRequest } from '../contracts/rebuild-request.js';

/** A message names what was written, and that may be anything. */
const LONGEST_MESSAGE = 2_000;

/**
 * Parses a workflow's input. A plain error thrown in a workflow would retry its task for ever, so a malformed input
 * becomes a final failure.
 * @throws ApplicationFailure InvalidInput, naming each field
 */
export function parseRebuildRequest(input: unknown): RebuildRequest {
  const parsed = RebuildRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = z.prettifyError(parsed.error).slice(0, LONGEST_MESSAGE);
  throw ApplicationFailure.nonRetryable(`Invalid rebuild request. ${problems}`, 'InvalidInput');
}
