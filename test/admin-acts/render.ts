import { MOMENT_MEANINGS, MOMENTS, WORDS } from './phases.js';
import { ACT_TABLE, type ActRow } from './table.js';

/** The table of docs/decisions/0023-what-a-reset-run-may-do.md, cell by cell: a header, and a row for each act. */
export function tableRows(): string[][] {
  return [['act', ...MOMENTS], ...ACT_TABLE.map((row) => [row.what, ...MOMENTS.map((moment) => cellOf(row, moment))])];
}

/** What its columns mean. */
export function momentRows(): string[][] {
  return [['phase', ''], ...MOMENTS.map((moment) => [moment, MOMENT_MEANINGS[moment]])];
}

/** What its words mean. */
export function wordRows(): string[][] {
  return [['word', 'what comes of it'], ...Object.entries(WORDS).map(([word, meaning]) => [shown(word), meaning])];
}

/** Rows as Markdown. */
export function markdownOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function cellOf({ comes }: ActRow, moment: (typeof MOMENTS)[number]): string {
  return [comes[moment]].flat().map(shown).join(' or ');
}

function shown(word: string): string {
  return word === 'none' ? '–' : word;
}
