import { drawnKills } from '../process/drawn-kills.js';
import { killRound, roundViolations } from '../process/kill-rounds.js';
import { ownScope } from './own-scope.js';

/** What came of the rounds of process faults, in numbers. */
export interface RoundsTold {
  rounds: number;
  rebuilds: number;
  rolledBack: number;
  /** Kills by what was killed. */
  readonly killed: Record<string, number>;
}

/** Runs one round of process faults, its kills drawn from the seed. @returns what is not as promised */
export async function playRound(seed: number, told: RoundsTold): Promise<string[]> {
  const scope = ownScope();
  try {
    const round = await killRound(scope, drawnKills(seed, ['worker', 'server', 'both']));
    told.rounds += 1;
    told.rebuilds += round.ends.length;
    told.rolledBack += round.ends.filter(({ result }) => result.failure?.type === 'RolledBack').length;
    for (const what of round.killed) told.killed[what] = (told.killed[what] ?? 0) + 1;
    return roundViolations(round).map((line) => `REIMAGE_TEST_SEED=${seed} of kill-rounds.test.ts: ${line}`);
  } finally {
    await scope.end();
  }
}
