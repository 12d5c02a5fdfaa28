import type * as z from 'zod';
import { ReimageInvalidInputError } from './reimage-errors.js';

/**
 * Parses what a caller wrote. The message names every field that is wrong and never repeats a value:
 * people put passwords where a reference belongs.
 * @throws ReimageInvalidInputError
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({ field: fieldOf(issue), message: issue.message }));
  const message = problems.map(({ field, message: text }) => `${field}: ${text}`).join('; ');
  throw new ReimageInvalidInputError(`Invalid input: ${message}`, problems[0]?.field ?? '');
}

function fieldOf({ path, code, ...issue }: z.core.$ZodIssue): string {
  const unknown = code === 'unrecognized_keys' && 'keys' in issue ? [issue.keys[0] ?? ''] : [];
  return [...path, ...unknown].map(String).join('.') || '(input)';
}
