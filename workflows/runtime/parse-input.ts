import { ApplicationFailure } from '@temporalio/workflow';
import type * as z from 'zod';
import { flattenIssues, IN_OUR_WORDS } from '../../contracts/input-problems.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';

/** A message names what was written, and that may be anything. */
const LONGEST_MESSAGE = 2_000;

/**
 * Parses what a workflow is given. A plain error thrown in a workflow would retry its task for ever, so a malformed
 * input becomes a final failure.
 * @param what - for the message, for example `rebuild request`
 * @throws ApplicationFailure InvalidInput, naming each field
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(input, IN_OUR_WORDS);
  if (parsed.success) return parsed.data;
  const problems = flattenIssues(parsed.error.issues).map(({ path, text }) => `${path.map(String).join('.')}: ${text}`);
  throw ApplicationFailure.nonRetryable(
    `Invalid ${what}. ${problems.join('; ').slice(0, LONGEST_MESSAGE)}`,
    'InvalidInput',
  );
}

/** Parses the input of a rebuild. @throws ApplicationFailure InvalidInput, naming each field */
export function parseRebuildRequest(input: unknown): RebuildRequest {
  return parseInput(RebuildRequest, input, 'rebuild request');
}
