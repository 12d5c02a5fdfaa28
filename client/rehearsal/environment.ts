import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generatePassword } from '../../secrets/generated-secret.js';
import type { Timing } from '../../simulator/model/assumptions.js';
import type { RegionState } from '../../simulator/model/region-state.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { freePort, startDevServer } from '../../temporal/dev-server/dev-server.js';
import { findServer, type FoundServer } from '../../temporal/dev-server/find-server.js';
import { type GuardedChild, startGuardedChild } from '../../temporal/dev-server/guarded-child.js';
import type { Env } from '../cli/io/deps.js';
import { failureOf, toReimageError } from '../connection/errors.js';
import { PASSWORD_VARIABLE } from './plan.js';

/** What a rehearsal works against, all of it on this machine and of its own. */
export interface RehearsalEnvironment {
  readonly cloud: Simulator;
  /** The environment by which a client finds its server. */
  readonly env: NodeJS.ProcessEnv;
}

export interface RehearsalEnvironmentOptions {
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

const FOLDER = new URL('', import.meta.url);
const ROOT = fileURLToPath(new URL('../..', FOLDER));

/**
 * Starts a Temporal server, a simulator that holds the copies, and the real worker in a process of its own. What was
 * started is stopped by what it has deferred, also when this fails, and none of it outlives this process.
 * @throws ReimageError `TemporalUnreachable` where no server can be had · Error that says which part does not start · the signal's reason when it aborts
 */
export async function startRehearsalEnvironment(options: RehearsalEnvironmentOptions): Promise<RehearsalEnvironment> {
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

async function findTemporal({ env, say, signal }: RehearsalEnvironmentOptions): Promise<FoundServer> {
  try {
    return await findServer({ env: { ...env }, log: say, signal });
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    const next = 'A rehearsal runs on a Temporal server of its own: give it a Temporal CLI that runs here.';
    throw toReimageError(failureOf('TemporalUnreachable', message, next), { cause: error });
  }
}

async function startCloud({ state, timing, compress, failing }: RehearsalEnvironmentOptions): Promise<Simulator> {
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
  const program = fileURLToPath(new URL(`worker-process.${isSource ? 'ts' : 'js'}`, FOLDER));
  // Where the loader of sources is found depends on the folder.
  return isSource
    ? { args: ['--import', 'tsx', program, String(compress)], cwd: ROOT }
    : { args: [program, String(compress)] };
}

/** Settings that decide which server and which cloud is meant. */
const OURS = /^(TEMPORAL|REIMAGE|JDCLOUD)_/;

/**
 * The environment of a process that works against a server and a simulator of its own: what was inherited, without
 * anyone's settings, and its own. A person's settings must not reach it: it might rebuild a real machine.
 */
export function ownEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  settings: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const others = Object.entries(inherited).filter(([name]) => !OURS.test(name));
  return { ...Object.fromEntries(others), ...settings };
}

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;

export interface WorkerChildOptions {
  /** What node is given: the program and its arguments. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes the worker's log lines. */
  readonly logFile: string;
  /** Hears of the child at once, so that it is stopped even when it never gets ready. */
  readonly onStarted: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts a worker as a process of its own, which does not outlive this one, and resolves when it takes work.
 * @throws Error with the end of its log, when it ends before that or takes two minutes; the signal's reason when it aborts
 */
export async function startWorkerChild(options: WorkerChildOptions): Promise<{ pid: number; metricsUrl: string }> {
  const { args, cwd, env, logFile, onStarted } = options;
  const port = await freePort();
  const worker = await startGuardedChild(process.execPath, args, {
    logFile,
    ...(cwd !== undefined && { cwd }),
    env: { ...env, REIMAGE_METRICS_PORT: String(port), REIMAGE_SHUTDOWN_GRACE_SECONDS: '5' },
  });
  onStarted(() => worker.stop(STOP_WITHIN_MS));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(worker, `${url}/readyz`, options);
  return { pid: worker.pid, metricsUrl: `${url}/metrics` };
}

async function untilReady(worker: GuardedChild, url: string, { logFile, signal }: WorkerChildOptions): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (worker.exit() !== null) throw new Error(`The worker ended with ${worker.exit()}.\n${await endOf(logFile)}`);
    if (Date.now() > deadline) throw new Error(`The worker does not get ready.\n${await endOf(logFile)}`);
    await delay(100, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
}

async function endOf(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
}
