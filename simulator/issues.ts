import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * What is wrong, one line for each field, such as `faults.0.kind.status: expected number`. Of a
 * union, the branch that fits best is told, not all of them.
 */
export function describeIssues(error: z.ZodError): string {
  return error.issues.flatMap((issue) => lines(issue, [])).join('\n');
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
