import type { Tried } from './try-mutants.js';

/** One line for a mutant, and what there is to know of one that is not killed. */
export function renderTried({ mutant, verdict, seconds }: Tried): string {
  const head = `${FATES[verdict.fate]} ${seconds.toFixed(1).padStart(5)} s  ${mutant.name}`;
  switch (verdict.fate) {
    case 'killed':
      return `${head}  (${verdict.by})`;
    case 'lived':
      return `${head}\n  ${mutant.file}: ${mutant.why}\n  none of ${verdict.tests} tests of ${mutant.tests.join(', ')} has seen it`;
    case 'error':
      return `${head}\n  ${mutant.file}: ${verdict.why}`;
  }
}

const FATES = { killed: 'killed', lived: 'LIVED ', error: 'ERROR ' } as const;

/** How many of each file had which fate. */
export function tableOf(tried: readonly Tried[]): string {
  const files = [...new Set(tried.map(({ mutant }) => mutant.file))].toSorted();
  const width = Math.max(...files.map(({ length }) => length), 'all'.length);
  const row = (name: string, of: readonly Tried[]) => {
    const count = (fate: Tried['verdict']['fate']) => of.filter(({ verdict }) => verdict.fate === fate).length;
    const seconds = of.reduce((sum, each) => sum + each.seconds, 0);
    return [
      name.padEnd(width),
      ...(['killed', 'lived', 'error'] as const).map((fate) => String(count(fate)).padStart(7)),
      seconds.toFixed(0).padStart(8),
    ].join('');
  };
  return [
    `${'file'.padEnd(width)} killed  lived  error seconds`,
    ...files.map((file) =>
      row(
        file,
        tried.filter(({ mutant }) => mutant.file === file),
      ),
    ),
    row('all', tried),
  ].join('\n');
}
