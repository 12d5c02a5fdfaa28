import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { visibleLine } from '../../../contracts/utf8-text.js';

/** Text from outside as one harmless line, whole in sight: a message must not move the cursor or colour the terminal. */
export function oneLine(text: string): string {
  return visibleLine(stripVTControlCharacters(text));
}

/** Cuts a line to a number of terminal cells; Chinese characters take two. */
export function cutToWidth(line: string, width: number): string {
  if (stringWidth(line) <= width) return line;
  let cut = '';
  let cells = 0;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    cells += stringWidth(segment);
    if (cells > width - 1) break;
    cut += segment;
  }
  return width > 0 ? `${cut}…` : '';
}

/** Rows of a terminal that a line takes which the terminal itself wraps: a sign of two cells is not torn. */
export function rowsOf(line: string, width: number): number {
  let rows = 1;
  let cells = 0;
  for (const { segment } of new Intl.Segmenter().segment(stripVTControlCharacters(line))) {
    const taken = stringWidth(segment);
    if (cells + taken > width) {
      rows += 1;
      cells = 0;
    }
    cells += taken;
  }
  return rows;
}

/**
 * Breaks a line at blanks so that no piece is wider than a number of terminal cells, and nothing of it is lost; what has no
 * blank to break at is broken anywhere.
 * @param indent - before every piece but the first
 */
export function wrapToWidth(line: string, width: number, indent = ''): string[] {
  const least = Math.max(1, width - stringWidth(indent));
  const pieces: string[] = [];
  let piece = '';
  for (const token of tokensOf(line, least)) {
    const room = pieces.length === 0 ? Math.max(1, width) : least;
    if (piece !== '' && stringWidth(piece + token.trimEnd()) > room) {
      pieces.push(piece.trimEnd());
      piece = '';
    }
    if (piece !== '' || pieces.length === 0 || token.trim() !== '') piece += token;
  }
  if (piece.trimEnd() !== '' || pieces.length === 0) pieces.push(piece.trimEnd());
  return pieces.map((each, index) => (index === 0 ? each : indent + each));
}

/** Words and the blanks between them; of a word that is too wide its characters. */
function tokensOf(line: string, most: number): string[] {
  const words = line.match(/\s+|\S+/g) ?? [];
  return words.flatMap((word) => {
    if (stringWidth(word) <= most) return [word];
    return Array.from(new Intl.Segmenter().segment(word), ({ segment }) => segment);
  });
}

/** Breaks a command before its options so that it can still be pasted into a shell. */
export function wrapCommand(command: string, width: number): string[] {
  if (stringWidth(command) <= width) return [command];
  const parts = command.split(/ (?=--)/);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    // Room for the sign that goes on.
    if (last !== undefined && stringWidth(`${last} ${part}`) <= width - 2) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(lines.length === 0 ? part : `  ${part}`);
  }
  return lines.flatMap((line, index) => (index < lines.length - 1 ? [`${line} \\`] : [line]));
}

/** Pads a line with spaces to a number of terminal cells. */
export function padToWidth(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - stringWidth(line)));
}

/** `7s`, `1m 07s`, `2h 03m`. Negative spans, from clocks that differ, are `0s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
}

/** Time between two ISO instants. */
export function formatBetween(from: string, to: string | Date): string {
  return formatSpan(new Date(to).getTime() - new Date(from).getTime());
}

/** An ISO instant by the clock of this machine, with its offset from UTC: `2026-11-24 14:01:05 +08:00`. */
export function formatLocal(instant: string): string {
  const at = new Date(instant);
  const offset = -at.getTimezoneOffset();
  const two = (n: number) => String(n).padStart(2, '0');
  const local = new Date(at.getTime() + offset * 60_000).toISOString();
  const hours = two(Math.floor(Math.abs(offset) / 60));
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offset < 0 ? '-' : '+'}${hours}:${two(Math.abs(offset) % 60)}`;
}

/** How a table that is too wide is made to fit. */
export interface TableFit {
  /** Terminal cells that there are. */
  readonly width: number;
  /** Columns that may be left out, by their headers, the first first. */
  readonly dispensable: readonly string[];
}

/**
 * Columns padded by terminal cells, without borders, so that copy, grep and awk work. The last column is not padded. Where
 * it is too wide, columns that may be left out are, as many as must be, and the header names them.
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width, dispensable }: TableFit = { width: Number.POSITIVE_INFINITY, dispensable: [] },
): string[] {
  const whole = layOut(header, rows);
  for (let left = 1; left <= dispensable.length + 1; left += 1) {
    const out = dispensable.slice(0, left - 1);
    const kept = header.flatMap((name, column) => (out.includes(name) ? [] : [column]));
    const pick = (cells: readonly string[]) => kept.map((column) => cells[column] ?? '');
    const lines = left === 1 ? whole : layOut(pick(header), rows.map(pick));
    const fits = lines.every((line) => stringWidth(line) <= width);
    if (fits || left === dispensable.length + 1) return fits ? withLeftOut(lines, out, width) : lines;
  }
  return whole;
}

/** Names the columns that are left out behind the header, as far as there is room for it. */
function withLeftOut([first = '', ...rows]: readonly string[], out: readonly string[], width: number): string[] {
  const said = [`  (wider: ${out.join(', ')})`, `  (+${out.length})`, ''].find(
    (text) => stringWidth(first + text) <= width,
  );
  return [out.length === 0 ? first : `${first}${said ?? ''}`, ...rows];
}

function layOut(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [header, ...rows].map((row) => row.map((cell) => oneLine(cell) || '-'));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))));
  return cells.map((row) =>
    row
      .map((cell, column) => padToWidth(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A word of the command line may be a whole file by mistake. */
const LONGEST = 500;

/** What commander says of wrong words, as one short line: it repeats them as they are. */
export function usageText(message: string): string {
  const line = oneLine(message.slice(0, 4 * LONGEST));
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
