import type * as z from 'zod';
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
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const told = issues.slice(0, MOST_PROBLEMS).map((issue) => ({ field: fieldOf(issue), text: shown(issue.message) }));
  const lines = told.map(({ field, text }) => `${field}: ${text}`);
  if (issues.length > told.length) lines.push(`and ${issues.length - told.length} more`);
  throw new ReimageInvalidInputError(`Invalid input: ${lines.join('; ')}`, told[0]?.field ?? '');
}

function fieldOf({ path, code, ...issue }: z.core.$ZodIssue): string {
  const unknown = code === 'unrecognized_keys' && 'keys' in issue ? [issue.keys[0] ?? ''] : [];
  return shown([...path, ...unknown].map(String).join('.')) || '(input)';
}

/** Names of keys are theirs: whatever they hold becomes one short line. */
function shown(text: string): string {
  const line = text
    .slice(0, 2 * LONGEST_TEXT)
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}...` : line;
}
