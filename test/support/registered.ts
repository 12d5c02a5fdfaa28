import { createDependencies } from '../../activities/create-dependencies.js';
import { WORKFLOW_SOURCES } from '../../temporal/worker/start-worker.js';
import { NEVER_FROZEN } from './never-frozen.js';

/** The workflow types that a worker registers: what the module exports that its bundle is built from. */
export async function registeredWorkflows(): Promise<string[]> {
  const module: object = await import(WORKFLOW_SOURCES.workflowsPath);
  return Object.entries(module)
    .flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    .toSorted();
}

/** The activity types that a worker registers: what its dependencies hold. */
export function registeredActivities(): string[] {
  const { activities, close } = createDependencies({
    jdcloud: { endpoint: 'http://127.0.0.1:9', credentials: () => Promise.reject(new Error('nothing is called')) },
    env: {},
    namespace: NEVER_FROZEN,
    stopping: new AbortController().signal,
  });
  close();
  return Object.keys(activities).toSorted();
}
