import type * as z from 'zod';
import { IN_OUR_WORDS } from '../../contracts/input-problems.js';

type Issue = z.core.$ZodIssue;

/** Problems that are told, and characters of each: what is wrong may be a megabyte. */
const MOST_LINES = 20;
const LONGEST_LINE = 300;

/** Text of others as one short line without control characters. */
export function shortLine(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST_LINE)
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}...` : line;
}

/** Reads what people wrote. @throws z.ZodError in our words, for {@link describeIssues} */
export function parseWritten<S extends z.ZodType>(schema: S, written: unknown): z.output<S> {
  return schema.parse(written, IN_OUR_WORDS);
}

/**
 * What is wrong, one line for each field, such as `faults.0.kind.status: must be a number`. Of a
 * union, the branch that fits best is told, not all of them. Twenty lines at most.
 */
export function describeIssues(error: z.ZodError): string {
  const all = error.issues.flatMap((issue) => lines(issue, []));
  const told = all.slice(0, MOST_LINES).map(shortLine);
  return [...told, ...(all.length > told.length ? [`and ${all.length - told.length} more`] : [])].join('\n');
}

function lines(issue: Issue, base: readonly PropertyKey[]): string[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const best = issue.errors.toSorted((a, b) => issueText(a) - issueText(b))[0] ?? [];
    return best.flatMap((inner) => lines(inner, path));
  }
  if (issue.code === 'unrecognized_keys') {
    const texts = issue.message.split('\n');
    return issue.keys.map((key, at) => line([...path, key], texts[at] ?? issue.message));
  }
  return [line(path, issue.message)];
}

function line(path: readonly PropertyKey[], text: string): string {
  return `${path.map(String).join('.') || 'file'}: ${text}`;
}

// A branch whose own key is there has a wrong value or an extra key; a branch that was not meant lacks its key.
function issueText(issues: readonly Issue[]): number {
  const unknownKeys = issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0),
    0,
  );
  return issues.length + unknownKeys;
}
