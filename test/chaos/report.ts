import type { RoundsTold } from './rounds.js';
import type { Tally } from './tally.js';

/** One page about a whole run. */
export interface Report {
  readonly seed: number;
  readonly minutes: number;
  readonly tally: Tally;
  readonly rounds: RoundsTold;
  /** One line each. What plays them again stands on stderr, with their stories. */
  readonly violations: readonly string[];
}

export function reportLines({ seed, minutes, tally, rounds, violations }: Report): string[] {
  return [
    `Chaos: ${tally.walks} walks, ${tally.rebuilds} rebuilds in ${minutes.toFixed(1)} minutes, seed ${seed}`,
    '',
    ...section('How the rebuilds ended', tally.outcomes),
    ...section('Rollbacks', tally.rollbacks),
    ...section('Faults that struck a call', tally.faults),
    ...section('Someone else', tally.interference),
    ...section('An administrator', tally.administered),
    row('effective rebuild calls', tally.erases),
    row('cancels', tally.cancels),
    row('decisions on held rebuilds', tally.decisions),
    row('workers killed or stopped', tally.kills),
    '',
    `Process faults: ${rounds.rounds} rounds, ${rounds.rebuilds} rebuilds, ${rounds.rolledBack} of them rolled back`,
    ...Object.entries(rounds.killed).map(([what, count]) => row(`kill -9 of ${what}`, count)),
    '',
    ...violations,
    `${violations.length} violations`,
  ];
}

function section(title: string, counts: Readonly<Record<string, number>>): string[] {
  const rows = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return [title, ...rows.map(([name, count]) => row(name, count)), ''];
}

function row(name: string, count: number): string {
  return `  ${String(count).padStart(6)}  ${name}`;
}
