import * as z from 'zod';
import { visibleLine } from './utf8-text.js';

/** One line of visible text: what stands in search attributes, terminals and logs must not carry control characters. @param max - characters */
export const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must be one line of Unicode without control characters');

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

/** Characters of a summary: Temporal takes 400 bytes, and one may be three. */
const LONGEST = 120;

/** What Temporal's UI shows beside the name of a workflow, as Markdown. @param what - holds nothing but words and ids of ours */
export function summaryText(what: string, requestedBy: string | undefined): string {
  const shown = what.slice(0, LONGEST);
  if (requestedBy === undefined) return shown;
  const room = LONGEST - shown.length - ', for ``'.length;
  return room < 2 ? shown : `${shown}, for ${markdownCode(requestedBy, room)}`;
}

/** Text that UTF-8 can hold. Half a surrogate pair is none: databases refuse it, and HTTP puts another sign in its place. */
export const UnicodeText = z.string().regex(/^\P{Cs}*$/u, 'must be Unicode, without half surrogate pairs');
