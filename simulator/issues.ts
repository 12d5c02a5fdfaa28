import type * as z from 'zod';

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

/**
 * What is wrong, one line for each field, such as `faults.0.kind.status: expected number`. Of a
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
    const best = issue.errors.toSorted((a, b) => misfit(a) - misfit(b))[0] ?? [];
    return best.flatMap((inner) => lines(inner, path));
  }
  return [`${path.map(String).join('.') || 'file'}: ${issue.message}`];
}

// A branch whose own key is there has a wrong value or an extra key; a branch that was not meant lacks its key.
function misfit(issues: readonly Issue[]): number {
  const unknownKeys = issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0),
    0,
  );
  return issues.length + unknownKeys;
}
