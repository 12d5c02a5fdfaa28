import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { buildInto } from '../../scripts/build-into.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { findServer } from '../../temporal/dev-server/find-server.js';
import { type Report, reportLines } from './report.js';
import { playRound, type RoundsTold } from './rounds.js';
import { LONG, SHORT } from './sizes.js';
import { Tally } from './tally.js';
import { describeFailed, playSeed, seedOf } from './walk-on.js';
import { workerProcesses, workersHere } from './workers.js';

const HELP = `Rebuilds VMs of a simulated JD Cloud while all that can go wrong does, and holds every end against what was promised.
Two lanes of random walks, one with workers that are killed; before them rounds of 50 rebuilds with kill -9 of worker and server.

  npm run test:chaos -- [--minutes N] [--rounds N] [--workers stopped|killed] [--output text|json]

The rounds, two or three minutes each, count among the N minutes: --rounds 0 leaves them out. Each lane plays one walk at least.
REIMAGE_TEST_SEED=SEED with --workers plays the one walk again that a violation has named, and no rounds.
Exit code 0 without violations, 1 with any.`;

const Options = z.strictObject({
  minutes: z.coerce.number().positive().max(10_000).default(5),
  rounds: z.coerce.number().int().min(0).max(1000).default(1),
  /** One lane alone: its workers are stopped in this process, or killed in theirs. */
  workers: z.enum(['stopped', 'killed']).optional(),
  output: z.enum(['text', 'json']).default('text'),
});
type Options = z.output<typeof Options>;

const begunAt = Date.now();
const log = (line: string) => console.error(`chaos ${Math.round((Date.now() - begunAt) / 1000)} s: ${line}`);

/** Build and server for all walks, as test/run.ts has them for all test files. Gives what ends them. */
async function startTemporal(directory: string): Promise<() => Promise<void>> {
  const { path, version } = await findServer({ log });
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
  const build = await buildInto(`.build-chaos-${process.pid}`, 'told');
  process.env['REIMAGE_TEST_TEMPORAL_ADDRESS'] = server.address;
  process.env['REIMAGE_TEST_TEMPORAL_CLI'] = path;
  process.env['REIMAGE_TEST_BUILD'] = build;
  log(`Temporal ${version} at ${server.address}`);
  return async () => {
    await server.stop();
    await rm(build, { recursive: true, force: true });
  };
}

const LANES = {
  stopped: { ...SHORT, startWorkers: workersHere },
  killed: { ...LONG, startWorkers: workerProcesses },
} as const;

/** Rounds first, then walks until the time is over. */
async function play({ minutes, rounds, workers }: Options): Promise<Report> {
  const given = process.env['REIMAGE_TEST_SEED'] ?? '';
  const seed = given === '' ? randomInt(2 ** 31) : Number(given);
  log(`seed ${seed}`);
  const tally = new Tally();
  const told: RoundsTold = { rounds: 0, rebuilds: 0, rolledBack: 0, killed: {} };
  const violations = given === '' ? await playRounds(seed, rounds, told) : [];
  const walkOn = async (name: keyof typeof LANES) => {
    const until = begunAt + minutes * 60_000;
    // At least one walk, so that no report of none says that nothing was violated.
    for (let n = 0; n === 0 || (given === '' && Date.now() < until); n += 1) {
      const options = { ...LANES[name], onPlayed: tally.add.bind(tally) };
      const failed = await playSeed(given === '' ? seedOf(seed, n) : seed, options);
      if (failed !== null) violations.push(...failed.violations);
      if (failed !== null) console.error(`--workers ${name}, ${describeFailed(failed)}`);
      log(`${tally.walks} walks, ${tally.rebuilds} rebuilds, ${violations.length} violations`);
    }
  };
  await Promise.all((workers === undefined ? (['stopped', 'killed'] as const) : ([workers] as const)).map(walkOn));
  return { seed, minutes: (Date.now() - begunAt) / 60_000, tally, rounds: told, violations };
}

async function playRounds(seed: number, rounds: number, told: RoundsTold): Promise<string[]> {
  const violations: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    violations.push(...(await playRound(seed + round, told)));
    log(`round ${round + 1} of ${rounds} is over, ${violations.length} violations`);
  }
  return violations;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      rounds: { type: 'string' },
      workers: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const options = Options.parse(values);
  const directory = await mkdtemp(join(tmpdir(), 'reimage-chaos-'));
  const stop = await startTemporal(directory);
  try {
    const report = await play(options);
    console.log(options.output === 'json' ? JSON.stringify(report) : reportLines(report).join('\n'));
    return report.violations.length === 0 ? 0 : 1;
  } finally {
    await stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

if (process.argv.includes('--help')) console.log(HELP);
else process.exitCode = await main();
