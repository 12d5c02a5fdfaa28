import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatePassword } from '../../../secrets/generate-password.js';
import type { RegionState } from '../../../simulator/region-state.js';
import { startSimulator, type Simulator } from '../../../simulator/start-simulator.js';
import type { Timing } from '../../../simulator/timing.js';
import { startDevServer } from '../../../temporal/dev-server.js';
import { type FoundServer, findServer } from '../../../temporal/find-server.js';
import { failureOf, toReimageError } from '../../reimage-errors.js';
import type { Env } from '../cli-deps.js';
import { ownEnvironment } from '../own-environment.js';
import { startWorkerChild } from '../worker-child.js';
import { PASSWORD_VARIABLE } from './rehearsed-plan.js';

/** What a rehearsal works against, all of it on this machine and of its own. */
export interface RehearsalStand {
  readonly cloud: Simulator;
  /** The environment by which a client finds its server. */
  readonly env: NodeJS.ProcessEnv;
}

export interface StandOptions {
  readonly state: RegionState;
  /** How long transitions take before they are compressed. */
  readonly timing: Timing;
  readonly compress: number;
  /** VMs whose rebuild ends in error. */
  readonly failing: readonly string[];
  readonly env: Env;
  readonly say: (line: string) => void;
  /** Registers what stops a part, as soon as the part is there. To be run in reverse order. */
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

const FOLDER = new URL('.', import.meta.url);
const ROOT = fileURLToPath(new URL('../../..', FOLDER));

/**
 * Starts a Temporal server, a simulator that holds the copies, and the real worker in a process of its own. What was
 * started is stopped by what it has deferred, also when this fails, and none of it outlives this process.
 * @throws ReimageError `TemporalUnreachable` where no server can be had · Error that says which part does not start · the signal's reason when it aborts
 */
export async function startStand(options: StandOptions): Promise<RehearsalStand> {
  const { say, defer, signal, compress } = options;
  const directory = await mkdtemp(join(tmpdir(), 'reimage-rehearsal-'));
  defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));

  const { path, version } = await findTemporal(options);
  say(`starting a Temporal server of its own, ${version}, in memory`);
  const env = ownEnvironment(options.env, {});
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log'), env });
  defer(() => server.stop());
  signal.throwIfAborted();

  const cloud = await startCloud(options);
  defer(() => cloud.close());
  const settings = settingsOf({ address: server.address, directory, cloud });
  say('starting a worker of its own');
  await startWorkerChild({
    ...workerProgram(compress),
    env: ownEnvironment(options.env, settings),
    logFile: join(directory, 'worker.log'),
    onStarted: defer,
    signal,
  });
  return { cloud, env: ownEnvironment(options.env, settings) };
}

async function findTemporal({ env, say, signal }: StandOptions): Promise<FoundServer> {
  try {
    return await findServer({ env: { ...env }, log: say, signal });
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    const next = 'A rehearsal runs on a Temporal server of its own: give it a Temporal CLI that runs here.';
    throw toReimageError(failureOf('TemporalUnreachable', message, next), { cause: error });
  }
}

async function startCloud({ state, timing, compress, failing }: StandOptions): Promise<Simulator> {
  return await startSimulator({
    state,
    timing,
    compress,
    // A minute's worth of calls may go out in a second here: what would be throttled is told by the figures instead.
    assumptions: { callsPerMinute: 0 },
    faults: failing.map((instanceId) => ({
      operation: 'rebuildInstance',
      instanceId,
      times: 'always',
      kind: { outcome: 'error' },
    })),
  });
}

function settingsOf(parts: {
  readonly address: string;
  readonly directory: string;
  readonly cloud: Simulator;
}): Record<string, string> {
  const { address, directory, cloud } = parts;
  return {
    TEMPORAL_ADDRESS: address,
    // Absent on purpose: a profile of the person's own temporal.toml must not count.
    TEMPORAL_CONFIG_FILE: join(directory, 'temporal.toml'),
    JDCLOUD_ENDPOINT: cloud.endpoint,
    JDCLOUD_REGION: cloud.regionId,
    JDCLOUD_ACCESS_KEY: cloud.credentials.accessKey,
    JDCLOUD_SECRET_KEY: cloud.credentials.secretKey,
    [PASSWORD_VARIABLE]: generatePassword(),
  };
}

/** The worker's program beside this file: compiled, as users have it, or the source. */
function workerProgram(compress: number): { readonly args: readonly string[]; readonly cwd?: string } {
  const isSource = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(`rehearsal-worker.${isSource ? 'ts' : 'js'}`, FOLDER));
  // Where the loader of sources is found depends on the folder.
  return isSource
    ? { args: ['--import', 'tsx', program, String(compress)], cwd: ROOT }
    : { args: [program, String(compress)] };
}
