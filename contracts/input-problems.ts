import type * as z from 'zod';

type Issue = z.core.$ZodRawIssue;

/** As a schema calls what it expects; what is not here is named as zod does. */
const KIND: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a set of fields',
  record: 'a set of fields',
  null: 'null',
  date: 'a date',
};

/** Words for texts of a known form. */
const FORM: Readonly<Record<string, string>> = {
  datetime: 'must be a time such as 2026-12-01T08:00:00Z',
  date: 'must be a date such as 2026-12-01',
  url: 'must be a URL',
  ipv4: 'must be an IPv4 address',
  uuid: 'must be a UUID',
};

/**
 * Hand it to `parse` or `safeParse` where people's input is read: what a schema has no words of its own for is then told
 * in ours, and never repeats a value. Each key that should not be there takes a line.
 */
export const IN_OUR_WORDS = { error: wordsOf } as const;

/** What is wrong, to stand behind the field's name; undefined leaves it to the schema's library. */
function wordsOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return kindText(issue.input, issue.expected);
    case 'invalid_value':
      return `must be ${orOf(issue.values.map(String))}`;
    case 'too_small':
      return sizeText(issue.origin, issue.minimum, issue.inclusive, ['at least', 'more than']);
    case 'too_big':
      return sizeText(issue.origin, issue.maximum, issue.inclusive, ['at most', 'less than']);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return FORM[issue.format];
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, knownFields(issue.inst))).join('\n');
    case 'invalid_union':
      return 'is of no kind that is known';
    default:
      return undefined;
  }
}

function kindText(input: unknown, expected: string): string {
  return input === undefined ? 'is missing' : `must be ${KIND[expected] ?? expected}`;
}

/** @param words - with the limit itself, and without it */
function sizeText(
  origin: string,
  limit: number | bigint,
  isInclusive: boolean | undefined,
  [inclusive, exclusive]: readonly [string, string],
): string {
  const bound = isInclusive === false ? exclusive : inclusive;
  if (origin === 'string') {
    return bound === 'at least' && limit === 1 ? 'must not be empty' : `must have ${bound} ${limit} characters`;
  }
  if (['array', 'set', 'map'].includes(origin)) {
    return bound === 'at least' && limit === 1 ? 'must not be empty' : `must have ${bound} ${limit} entries`;
  }
  return `must be ${bound} ${limit}`;
}

function unknownField(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  return nearest === null ? 'unknown field' : `unknown field, did you mean ${nearest}?`;
}

function knownFields(schema: unknown): string[] {
  const isObject = typeof schema === 'object' && schema !== null && 'shape' in schema;
  return isObject && typeof schema.shape === 'object' && schema.shape !== null ? Object.keys(schema.shape) : [];
}

function orOf(words: readonly string[]): string {
  const [last = '', ...others] = words.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`;
}

/** One thing that is wrong: where, and what, without the value itself. */
export interface FlatIssue {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** The path ends in a key that should not be there. */
  readonly isUnknownKey: boolean;
}

/**
 * The issues of a schema that was parsed `IN_OUR_WORDS`, those of a union by its branch that was meant, as far as one can
 * tell.
 */
export function flattenIssues(issues: readonly z.core.$ZodIssue[]): FlatIssue[] {
  const all = issues.filter((issue) => !isSizeOfOtherKind(issue, issues)).flatMap((issue) => flatten(issue, []));
  // Two rules of a schema may find the same fault.
  return [...new Map(all.map((issue) => [JSON.stringify([issue.path.map(String), issue.text]), issue])).values()];
}

/** What is no list has no number of entries: the schema measures a text in its place all the same. */
function isSizeOfOtherKind({ code, path }: z.core.$ZodIssue, issues: readonly z.core.$ZodIssue[]): boolean {
  if (code !== 'too_big' && code !== 'too_small') return false;
  const where = JSON.stringify(path.map(String));
  return issues.some((each) => each.code === 'invalid_type' && JSON.stringify(each.path.map(String)) === where);
}

function flatten(issue: z.core.$ZodIssue, before: readonly PropertyKey[]): FlatIssue[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const texts = issue.message.split('\n');
    return issue.keys.map((key, at) => ({ path: [...path, key], text: texts[at] ?? '', isUnknownKey: true }));
  }
  if (issue.code !== 'invalid_union') return [{ path, text: issue.message, isUnknownKey: false }];
  const inside = issue.errors.find((branch) =>
    branch.some((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
  );
  if (inside !== undefined) return inside.flatMap((each) => flatten(each, path));
  const texts = new Set(issue.errors.flatMap((branch) => branch.map(({ message }) => message)));
  const text = texts.size === 0 ? issue.message : [...texts].join(', or ');
  return [{ path, text, isUnknownKey: false }];
}

/** The known name that a mistyped one most likely means; null when none is near. */
export function nearestName(typed: string, known: readonly string[]): string | null {
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(typed, name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 4)))
    .toSorted((a, b) => a.distance - b.distance);
  return nearest?.name ?? null;
}

/** Insertions, deletions and replacements between two texts (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, sign] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const replaced = (row[j] ?? 0) + (sign === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
