import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Simulator } from '../../simulator/start-simulator.js';
import { startWorkerProcess } from '../process/worker-process.js';
import { defer, type Scope } from '../support/defer.js';
import { testTemporal } from '../support/temporal-env.js';
import { startTestWorker } from '../support/worker.js';
import { ownScope } from './own-scope.js';

/** The one worker of a walk, which may be ended at any moment; another takes its place. */
export interface Workers {
  readonly client: Client;
  readonly taskQueue: string;
  /** Ends the worker and starts another. While that is under way, a further kill is none: it answers false. */
  readonly kill: () => Promise<boolean>;
}

export type StartWorkers = (scope: Scope, cloud: Simulator) => Promise<Workers>;

/** Workers in this process: they are stopped with what they were doing, not killed. */
export const workersHere: StartWorkers = (scope, cloud) =>
  replaceable(scope, (each, taskQueue) => startTestWorker(each, { cloud, taskQueue }));

/** Workers as people run them, ended by `kill -9`. */
export const workerProcesses: StartWorkers = async (scope, cloud) => {
  const { settings } = await testTemporal(scope);
  return replaceable(scope, (each, taskQueue) =>
    startWorkerProcess(each, { cloud, address: settings.address, taskQueue, env: { REIMAGE_CALLS_PER_MINUTE: '0' } }),
  );
};

async function replaceable(
  scope: Scope,
  start: (scope: Scope, taskQueue: string) => Promise<unknown>,
): Promise<Workers> {
  const { client } = await testTemporal(scope);
  const taskQueue = `chaos-${randomUUID()}`;
  const launch = async () => {
    const own = ownScope();
    await start(own, taskQueue);
    return own;
  };
  let replacing: Promise<unknown> | null = null;
  let worker = await launch();
  const replace = async () => {
    await worker.end();
    worker = await launch();
  };
  defer(scope, async () => {
    await replacing?.catch(() => undefined);
    await worker.end();
  });
  return {
    client,
    taskQueue,
    kill: async () => {
      if (replacing !== null) return false;
      replacing = replace();
      try {
        await replacing;
      } finally {
        replacing = null;
      }
      return true;
    },
  };
}
