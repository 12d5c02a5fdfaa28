import { ApplicationFailure } from '@temporalio/workflow';
import * as z from 'zod';
import { RebuildRequest } from '../contracts/rebuild-request.js';

/** A message names what was written, and that may be anything. */
const LONGEST_MESSAGE = 2_000;

/**
 * Parses what a workflow is given. A plain error thrown in a workflow would retry its task for ever, so a malformed
 * input becomes a final failure.
 * @param what - for the message, for example `rebuild request`
 * @throws ApplicationFailure InvalidInput, naming each field
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = z.prettifyError(parsed.error).slice(0, LONGEST_MESSAGE);
  throw ApplicationFailure.nonRetryable(`Invalid ${what}. ${problems}`, 'InvalidInput');
}

/** Parses the input of a rebuild. @throws ApplicationFailure InvalidInput, naming each field */
export function parseRebuildRequest(input: unknown): RebuildRequest {
  return parseInput(RebuildRequest, input, 'rebuild request');
}
