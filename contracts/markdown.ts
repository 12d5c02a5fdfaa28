import { visibleLine } from './visible-line.js';

/** What Markdown, or HTML in it, takes for more than text in the middle of a line. */
const MARKS = /[\\`*_[\]<>#|~&]/g;
/** What it takes for the start of a list, or for the underline of a heading, at the beginning of a line. */
const STARTS = /^(?:[-+=]|(\d{1,9})(?=[.)]))/;

/** Text of others within Markdown, as one line of text and nothing else: no table cell, list or paragraph ends in it. */
export function markdownText(text: string): string {
  const line = visibleLine(text).replaceAll(MARKS, String.raw`\$&`);
  return line.replace(STARTS, (start, number?: string) => (number === undefined ? `\\${start}` : `${number}\\`));
}

/**
 * Text of others within Markdown, as one span of code: not even an address in it becomes a link.
 * @param longest - characters between the ends of the span
 */
export function markdownCode(text: string, longest = Number.POSITIVE_INFINITY): string {
  const line = visibleLine(text).replaceAll('`', "'");
  const shown = line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
  // An empty span would be none, and its ends those of another one.
  return `\`${shown === '' ? ' ' : shown}\``;
}
