import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownEnvironment } from '../../client/rehearsal/environment.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { type DevServer, startDevServer } from '../../temporal/dev-server/dev-server.js';
import { findServer } from '../../temporal/dev-server/find-server.js';
import { demoSettings } from './env.js';
import { startDemoWorker } from './worker.js';

/** A simulated cloud, and what the demo is about in it. */
export interface StandCloud<Targets> {
  readonly cloud: Simulator;
  readonly targets: Targets;
}

/** A whole world for a rebuild: server, worker and cloud, on this machine. */
export interface Stand<Targets> extends StandCloud<Targets> {
  /** The variables that tell of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** The same, with what a process needs besides. */
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly workerPid: number;
  readonly metricsUrl: string;
}

export interface StandOptions<Targets> {
  readonly startCloud: () => Promise<StandCloud<Targets>>;
  /** How many times faster than JD Cloud that cloud is. */
  readonly compress: number;
  /** Further variables of the worker. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  /** Registers what stops a part, as soon as the part is there. To be run in reverse order. */
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts everything and says what it is doing. What it has started is stopped by what it has deferred, also when it fails.
 * @throws Error that says which part does not start · the signal's reason when it aborts
 */
export async function startStand<Targets>(options: StandOptions<Targets>): Promise<Stand<Targets>> {
  const { say, defer, signal } = options;
  const directory = await mkdtemp(join(tmpdir(), 'reimage-demo-'));
  defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));

  const server = await startServer({ directory, say, defer, signal });
  const { cloud, targets } = await options.startCloud();
  defer(() => cloud.close());
  say(`simulator of JD Cloud: ${cloud.endpoint}, ${options.compress} times faster than the real one`);
  signal.throwIfAborted();

  const settings = {
    ...demoSettings({ directory, server, cloud, regionId: cloud.regionId }),
    ...options.settings,
  };
  const env = ownEnvironment(process.env, settings);
  say('starting a worker; it bundles the workflows first, about 10 seconds');
  const workerLog = join(directory, 'worker.log');
  const { pid, metricsUrl } = await startDemoWorker({ env, logFile: workerLog, onStarted: defer, signal });
  say(`worker: ready (pid ${pid})`);
  return { cloud, targets, settings, env, directory, workerPid: pid, metricsUrl };
}

/** Starts a Temporal server with a SQLite file and its web UI, and says where it is. @throws as {@link startStand} */
export async function startServer({
  directory,
  say,
  defer,
  signal,
}: Pick<StandOptions<never>, 'say' | 'defer' | 'signal'> & { readonly directory: string }): Promise<DevServer> {
  const { path, how, version } = await findServer({ log: say, signal });
  say(`starting a Temporal server, ${version} (${how}), with a SQLite file and its web UI`);
  const logFile = join(directory, 'temporal.log');
  const server = await startDevServer({ path, logFile, dbFilename: join(directory, 'temporal.db'), uiPort: 0 });
  defer(() => server.stop());
  say(`Temporal: ${server.address} (pid ${server.pid()}), web UI ${server.uiUrl}`);
  signal.throwIfAborted();
  return server;
}
