import { markdownCode } from './markdown.js';

/** Characters of a summary: Temporal takes 400 bytes, and one may be three. */
const LONGEST = 120;

/** What Temporal's UI shows beside the name of a workflow, as Markdown. @param what - holds nothing but words and ids of ours */
export function summaryText(what: string, requestedBy: string | undefined): string {
  const shown = what.slice(0, LONGEST);
  if (requestedBy === undefined) return shown;
  const room = LONGEST - shown.length - ', for ``'.length;
  return room < 2 ? shown : `${shown}, for ${markdownCode(requestedBy, room)}`;
}
