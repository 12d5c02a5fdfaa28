import type { Io } from './cli-deps.js';

/** What will be gone, as plans and ways back begin such a line. */
const LOSS = /^ {2}(ERASED|LOST) /;

/** Writes lines to stdout or stderr, those that tell of a loss in red. */
export function showingLoss(
  io: Pick<Io, 'out' | 'err' | 'colour' | 'colourOut'>,
  to: 'out' | 'err',
): (line: string) => void {
  const colour = to === 'out' ? io.colourOut : io.colour;
  return (line) => io[to](LOSS.test(line) ? colour('red', line) : line);
}
