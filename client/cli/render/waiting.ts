import type { OnWaiting, Waiting } from '../../../temporal/waiting.js';
import type { Io } from '../io/deps.js';
import { formatBetween, oneLine } from '../io/text.js';

/** Tells waits on stderr. */
export function tellOnStderr(io: Pick<Io, 'err' | 'now'>): OnWaiting {
  return (waiting) => io.err(renderWaiting(waiting, io.now()));
}

/** A wait in one line: for what, since when, why, and how long it goes on. */
export function renderWaiting({ what, since, lastError, until }: Waiting, now: Date): string {
  const why = lastError === null ? '' : `: ${oneLine(lastError).replace(/\.$/, '')}`;
  const rest = until === null ? '' : ` goes on for ${formatBetween(now.toISOString(), until)};`;
  return `waiting for ${oneLine(what)}, ${formatBetween(since, now)}${why};${rest} Ctrl-C ends the wait`;
}
