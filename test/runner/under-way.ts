import type { EventEmitter } from 'node:events';
import { relative, resolve } from 'node:path';
import * as z from 'zod';

const About = z.looseObject({ name: z.string(), file: z.string().optional(), nesting: z.number() });

/** The files of ours that a file of node's test runner is made of. */
export type MembersOf = (file: string) => readonly string[];

/**
 * Tells, of a test file that is given up, which of its tests had begun and not ended. The reports of node do not: they
 * leave out every suite that is not over.
 * @param events - of `run` of node:test
 */
export function watchUnderWay(
  events: EventEmitter,
  log: (line: string) => void,
  membersOf: MembersOf = (file) => [file],
): void {
  const begun = new Map<string, Set<string>>();
  events.on('test:dequeue', (data: unknown) => {
    const { name, file = '' } = About.parse(data);
    const names = begun.get(file) ?? new Set();
    begun.set(file, names.add(name));
  });
  events.on('test:complete', (data: unknown) => {
    const { name, file = '', nesting } = About.parse(data);
    begun.get(file)?.delete(name);
    if (nesting !== 0 || resolve(name) !== resolve(file)) return;
    for (const member of membersOf(file)) {
      const names = begun.get(member) ?? new Set();
      if (names.size > 0) log(unfinishedText(member, [...names]));
    }
  });
}

function unfinishedText(file: string, names: readonly string[]): string {
  return `${relative('.', file)} was given up; begun and not ended: ${names.map((name) => `"${name}"`).join(', ')}`;
}
