/** A bug of one line, planted into a copy, that the tests must see. */
export interface Mutant {
  /** Unique, a few words: what is wrong then. */
  readonly name: string;
  /** From the root, with slashes. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** Test files that are to see it, from the root. */
  readonly tests: readonly [string, ...string[]];
  /** Those of their tests that are to see it: a regular expression of their names. @default all */
  readonly only?: string;
  /** What it would come to. */
  readonly why: string;
}

/**
 * The file's text with the bug in it.
 * @throws Error where the text stands in it never, or more than once
 */
export function plantInto(source: string, { name, file, text, replacement }: Mutant): string {
  const [before, after, ...more] = source.split(text);
  if (before === undefined || after === undefined)
    throw new Error(`${name}: ${file} no longer holds ${JSON.stringify(text)}: aim it anew`);
  if (more.length > 0)
    throw new Error(`${name}: ${file} holds ${JSON.stringify(text)} ${more.length + 1} times: name more of it`);
  return before + replacement + after;
}
