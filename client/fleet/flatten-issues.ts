import type * as z from 'zod';

/** One thing that is wrong: where, and what, without the value itself. */
export interface FlatIssue {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** The path ends in a key that should not be there. */
  readonly isUnknownKey: boolean;
}

/** The issues of a schema, those of a union by its branch that was meant, as far as one can tell. */
export function flattenIssues(issues: readonly z.core.$ZodIssue[]): FlatIssue[] {
  return issues.flatMap((issue) => flatten(issue, []));
}

function flatten(issue: z.core.$ZodIssue, before: readonly PropertyKey[]): FlatIssue[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], text: 'is no field that there is', isUnknownKey: true }));
  }
  if (issue.code !== 'invalid_union') return [{ path, text: issue.message, isUnknownKey: false }];
  const inside = issue.errors.find((branch) =>
    branch.some((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
  );
  if (inside !== undefined) return inside.flatMap((each) => flatten(each, path));
  const texts = new Set(issue.errors.flatMap((branch) => branch.map(({ message }) => message)));
  const text = texts.size === 0 ? 'names a kind that there is not' : [...texts].join(', or ');
  return [{ path, text, isUnknownKey: false }];
}
