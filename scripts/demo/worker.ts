import { fileURLToPath } from 'node:url';
import { startWorkerChild, type WorkerChildOptions } from '../../client/rehearsal/environment.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts the worker as a process of its own, from its sources, and resolves when it takes work.
 * @throws Error with the end of its log, when it ends before that or takes two minutes; the signal's reason when it aborts
 */
export async function startDemoWorker(
  options: Omit<WorkerChildOptions, 'args' | 'cwd'>,
): Promise<{ pid: number; metricsUrl: string }> {
  return await startWorkerChild({ ...options, args: ['--import', 'tsx', `${ROOT}worker.ts`], cwd: ROOT });
}
