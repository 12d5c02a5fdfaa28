import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { bundleWorkflows } from '../scripts/bundle-workflows.js';
import { connectClient } from '../temporal/connect.js';
import { startDevServer } from '../temporal/dev-server/dev-server.js';
import { findServer } from '../temporal/dev-server/find-server.js';
import { log } from './log.js';
import type { Target } from './region.js';
import { type Contender, startContender } from './usage.js';

/** Task queue of the bench's worker. */
export const TASK_QUEUE = 'bench';

/** What our worker is told of the cloud's pace. */
export interface Pace {
  /** How many times faster than JD Cloud the cloud is: all times of the worker are divided by it. */
  readonly timesFaster: number;
  /** Most calls that it may make in a minute of the cloud's time; null: no cap. */
  readonly callsPerMinute: number | null;
}

/** A Temporal server and one worker of ours in processes of their own. */
export interface Stand {
  readonly client: Client;
  readonly worker: Contender;
  readonly serverPid: number;
  readonly close: () => Promise<void>;
}

/** Starts them for one target, and resolves when the worker takes work. */
export async function startStand(target: Target, pace: Pace): Promise<Stand> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-bench-'));
  const { path } = await findServer({ log });
  // In memory: with its SQLite file on a disk the development server waits for every write, and would be what is measured.
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
  const bundlePath = join(directory, 'workflow-bundle.js');
  await writeFile(bundlePath, await bundleWorkflows());
  const { address } = server;
  const { instanceIds: _ids, ...access } = target;
  const worker = startContender('reimage-worker', { ...access, ...pace, address, taskQueue: TASK_QUEUE, bundlePath });
  const client = await connectClient({ address, namespace: 'default', connectionOptions: { address } });
  const close = async () => {
    worker.kill();
    await client.connection.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await worker.ready;
  } catch (error) {
    await close();
    throw error;
  }
  return { client, worker, serverPid: server.pid(), close };
}
