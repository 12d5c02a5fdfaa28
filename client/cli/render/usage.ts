import { oneLine } from '../io/text.js';

/** A word of the command line may be a whole file by mistake. */
const LONGEST = 500;

/** What commander says of wrong words, as one short line: it repeats them as they are. */
export function usageText(message: string): string {
  const line = oneLine(message.slice(0, 4 * LONGEST));
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
