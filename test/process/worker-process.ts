import { type ChildProcess, spawn } from 'node:child_process';
import type { Simulator } from '../../simulator/start-simulator.js';
import { argumentsToRun } from '../fixtures/command.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';

/** A worker bundles its workflows when it starts from the sources, and the machine may be busy. */
const READY_WITHIN_MS = 90_000;

/** How a process ended: its exit code, or the signal that ended it. */
export type Exit = number | NodeJS.Signals;

/** A worker as people run it: `worker.ts` in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** All that it has written to stdout and stderr. */
  readonly output: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** `kill -9`. Resolves once it is gone; twice is fine. */
  readonly kill: () => Promise<Exit>;
  readonly ended: Promise<Exit>;
}

export interface WorkerProcessOptions {
  readonly cloud: Pick<Simulator, 'endpoint' | 'credentials'>;
  /** `host:port` of the Temporal server. */
  readonly address: string;
  readonly taskQueue: string;
  /** On top of what a worker needs. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a worker process, with an environment of its own and nothing of the tester's but PATH and HOME, and resolves
 * once it polls. It is ended with the scope, however the test ends.
 * @throws Error with what it wrote, when it ends or is not ready within a minute and a half
 */
export async function startWorkerProcess(scope: Scope, options: WorkerProcessOptions): Promise<WorkerProcess> {
  const worker = launch(options);
  defer(scope, async () => void (await worker.kill()));
  let exit: Exit | null = null;
  void worker.ended.then((how) => (exit = how));
  const isReady = () => {
    if (exit !== null) throw new Error(`The worker ended with ${exit}:\n${worker.output()}`);
    return worker.output().includes('worker is ready');
  };
  await eventually('the worker is ready', isReady, READY_WITHIN_MS);
  return worker;
}

/** Those that run. None outlives this process, a frozen one least of all. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

function launch({ cloud, address, taskQueue, env = {} }: WorkerProcessOptions): WorkerProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, argumentsToRun('worker.ts'), {
    env: {
      PATH,
      HOME,
      TEMPORAL_ADDRESS: address,
      REIMAGE_TASK_QUEUE: taskQueue,
      REIMAGE_POLL_INTERVAL_MS: '100',
      REIMAGE_SETTLE_MS: '1000',
      JDCLOUD_ENDPOINT: cloud.endpoint,
      JDCLOUD_ACCESS_KEY: cloud.credentials.accessKey,
      JDCLOUD_SECRET_KEY: cloud.credentials.secretKey,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    signal: (name) => void child.kill(name),
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
    ended,
  };
}
