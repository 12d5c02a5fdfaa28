import { worldOf } from '../scenarios.js';
import type { Scenario } from '../state.js';

/** A story as `npm run test:model` prints it, in a file. */
export interface StoryFile {
  readonly scenario: Scenario;
  /** What the model says has come of it. */
  readonly wrong: string;
  readonly story: readonly string[];
}

const HEAD = /^(?<name>.+): \d+ states, depth \d+, \d+ s: (?<wrong>.+)$/;

/**
 * Reads a story: the line that names its world and what has come of it, and the indented lines after it. Whatever else stands in
 * the file is passed over, so that all that was printed may be.
 * @throws Error where there is no story, or more than one
 */
export function parseStoryFile(text: string): StoryFile {
  const lines = text.split('\n');
  const heads = lines.flatMap((line, at) => (HEAD.test(line) ? [at] : []));
  const [head, ...more] = heads;
  if (head === undefined || more.length > 0)
    throw new Error(
      `The file holds ${heads.length} stories, each beginning with a line such as 'a stopped VM, repeats 1: ...'; name one.`,
    );
  const { name = '', wrong = '' } = HEAD.exec(lines[head] ?? '')?.groups ?? {};
  const scenario = worldOf(name);
  if (scenario === null) throw new Error(`'${name}' is no world of the model.`);
  const after = lines.slice(head + 1);
  const end = after.findIndex((line) => !/^\s+\S/.test(line));
  return { scenario, wrong, story: after.slice(0, end === -1 ? undefined : end).map((line) => line.trim()) };
}
