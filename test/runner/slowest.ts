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
 * Collects how long each test file takes, start of its process included.
 * @param events - of `run` of node:test
 * @returns the slowest so far, slowest first, a line each, in seconds
 */
export function watchSlowest(events: EventEmitter): () => string[] {
  const files: { readonly path: string; readonly seconds: number }[] = [];
  events.on('test:complete', (data: unknown) => {
    const { name, file = '', nesting, details } = Completed.parse(data);
    if (nesting !== 0 || resolve(name) !== resolve(file)) return;
    files.push({ path: relative('.', file), seconds: details.duration_ms / 1000 });
  });
  return () =>
    files
      .toSorted((a, b) => b.seconds - a.seconds)
      .slice(0, NAMED)
      .map(({ path, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${path}`);
}
