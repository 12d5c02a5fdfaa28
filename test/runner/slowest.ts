import type { EventEmitter } from 'node:events';
import { relative, resolve } from 'node:path';
import * as z from 'zod';

const Completed = z.looseObject({
  name: z.string(),
  file: z.string().optional(),
  nesting: z.number(),
  details: z.looseObject({ duration_ms: z.number() }),
});

/** How many files are named. */
const NAMED = 10;

/**
 * Collects how long the tests of each file take, without the start of its process.
 * @param events - of `run` of node:test
 * @returns the slowest so far, slowest first, a line each, in seconds
 */
export function watchSlowest(events: EventEmitter): () => string[] {
  const seconds = new Map<string, number>();
  events.on('test:complete', (data: unknown) => {
    const { name, file = '', nesting, details } = Completed.parse(data);
    if (nesting !== 0 || resolve(name) === resolve(file)) return;
    seconds.set(file, (seconds.get(file) ?? 0) + details.duration_ms / 1000);
  });
  return () =>
    [...seconds]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, NAMED)
      .map(([file, taken]) => `${taken.toFixed(1).padStart(6)} s  ${relative('.', file)}`);
}
