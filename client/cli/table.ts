import stringWidth from 'string-width';
import { oneLine, padToWidth } from './display-text.js';

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
