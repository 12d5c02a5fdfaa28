import type * as z from 'zod';
import { flattenIssues, type FlatIssue, IN_OUR_WORDS } from '../contracts/input-problems.js';
import { ReimageInvalidInputError } from './reimage-errors.js';

/** Problems that a message tells one by one, and characters of each: what is wrong may be a megabyte. */
const MOST_PROBLEMS = 20;
const LONGEST_TEXT = 160;

/**
 * Parses what a caller wrote. The message is one line that names every field that is wrong, twenty at most, and never
 * repeats a value: people put passwords where a reference belongs.
 * @throws ReimageInvalidInputError
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input, IN_OUR_WORDS);
  if (parsed.success) return parsed.data;
  const issues = flattenIssues(parsed.error.issues);
  const told = issues.slice(0, MOST_PROBLEMS).map((issue) => {
    const field = fieldOf(issue);
    return { field, text: `${field}: ${shown(issue.text)}` };
  });
  const left = issues.length - told.length;
  const more = left > 0 ? [{ field: '', text: `and ${left} more` }] : [];
  throw ReimageInvalidInputError.listing('Invalid input', [...told, ...more]);
}

function fieldOf({ path }: FlatIssue): string {
  return shown(path.map(String).join('.')) || '(input)';
}

/** Names of keys are theirs: whatever they hold becomes one short line. */
function shown(text: string): string {
  const line = text
    .slice(0, 2 * LONGEST_TEXT)
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}...` : line;
}
