import type { Verdict } from './matrix.js';

/** What the matrix came to, for people: cells by outcome, and each violation with how to run that cell alone. */
export function renderVerdicts(verdicts: readonly Verdict<{ readonly name: string }>[], seconds: number): string {
  const broken = verdicts.filter(({ violations }) => violations.length > 0);
  const unmet = verdicts.flatMap(({ whyUnmet }) => whyUnmet ?? []);
  return [
    `${verdicts.length} cells in ${Math.round(seconds)} s`,
    ...table(countBy(verdicts, ({ ends }) => ends)),
    `faults that met no call: ${unmet.length}`,
    ...table(countBy(unmet, (reason) => reason)),
    `violations: ${broken.length}`,
    ...broken.flatMap(({ cell, ends, message, violations }) => [
      `  ${cell.name} (${ends}) ${message}`,
      ...violations.map((violation) => `    ${violation}`),
      `    again: npm run test:matrix -- --only ${cell.name}`,
    ]),
  ].join('\n');
}

/** Cells by the first two parts of their names, a line each, with how many were struck and how many broke a promise. */
export function countsByGroup(verdicts: readonly Verdict<{ readonly name: string }>[]): string {
  const groupOf = ({ cell }: (typeof verdicts)[number]) =>
    cell.name
      .split('/')
      .slice(0, cell.name.startsWith('pair/') ? 3 : 2)
      .join('/');
  const groups = [...new Set(verdicts.map(groupOf))].toSorted();
  const lines = groups.map((group) => {
    const inIt = verdicts.filter((verdict) => groupOf(verdict) === group);
    const struck = inIt.filter(({ whyUnmet }) => whyUnmet === null).length;
    const broken = inIt.filter(({ violations }) => violations.length > 0).length;
    return `${String(inIt.length).padStart(6)}  ${group}: ${struck} struck, ${broken} violations`;
  });
  return lines.join('\n');
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

function table(rows: readonly (readonly [string, number])[]): string[] {
  return rows.map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
}
