import * as z from 'zod';
import { type FlatIssue, flattenIssues, IN_OUR_WORDS } from '../../contracts/input-problems.js';
import { ReimageInvalidInputError } from './errors.js';

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

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A span of time as people write it, `45`, `90s`, `30m`, `24h` or `7d`, in seconds. */
export const Duration = z
  .string()
  .regex(/^\d{1,7}[smhd]?$/, 'must be a duration such as 90s, 30m, 24h or 7d')
  .transform(secondsOf);

function secondsOf(text: string): number {
  const unit = text.at(-1);
  const seconds = unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? SECONDS[unit] : 1;
  return Number.parseInt(text, 10) * seconds;
}

/** A span of time with its unit, as a file may have it where a field is named in seconds. */
export const SPAN = /^\d{1,7}[smhd]$/;

/**
 * What a person has written in a file, with spans of time such as `5m` as the numbers that they stand for, wherever a
 * field is named as one in seconds. All else is left as it is.
 */
export function withSpansInSeconds(value: unknown, field = ''): unknown {
  if (typeof value === 'string') return field.endsWith('Seconds') && SPAN.test(value) ? secondsOf(value) : value;
  if (Array.isArray(value)) return value.map((each) => withSpansInSeconds(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withSpansInSeconds(each, name)]));
}

/** The keys of an object that hold something: a contract tells a key that is left out from one that is undefined. */
export function withoutUndefined(written: object): object {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
}
