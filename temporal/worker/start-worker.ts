import { setTimeout as delay } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerInterceptors, type WorkerOptions } from '@temporalio/worker';
import type { WorkerLimits } from './config.js';
import { defaultWorkflowSource, type WorkflowSource } from './workflow-source.js';

export interface StartWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly activities: NonNullable<WorkerOptions['activities']>;
  /** How payloads and failures go to Temporal. @default in clear */
  readonly dataConverter?: DataConverter;
  /** Must hold the failure converter of `dataConverter`. @default the bundle of `npm run build`, or the sources */
  readonly workflows?: WorkflowSource;
  readonly limits: WorkerLimits;
  /** How long activities under way may take to end, once stopped. */
  readonly shutdownGraceMs: number;
  /**
   * Longest time between two heartbeats that reach the server, and so about how late an activity hears of its
   * cancellation. The SDK's own default is a minute.
   * @default 5000
   */
  readonly heartbeatThrottleMs?: number;
  /** Around its activities. @default none */
  readonly interceptors?: WorkerInterceptors;
  /** Called first when the worker is stopped, so that waits give up at once and do not use up the grace. */
  readonly onShutdown?: () => void;
}

export interface RunningWorker {
  /** Settles when the worker has ended; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Why it cannot take work now; null when it can. */
  readonly whyNotReady: () => Promise<string | null>;
  /** Takes no more work, lets what is under way end within the grace, then ends. Twice is fine. */
  readonly stop: () => Promise<void>;
}

/** On top of the grace: for what ignores its cancellation. */
const FORCE_AFTER_GRACE_MS = 10_000;
const HEARTBEAT_THROTTLE_MS = 5_000;
const ASK_SERVER_WITHIN_MS = 2_000;

/**
 * Starts a worker for our workflows and activities. It polls when this resolves.
 * @throws Error when the bundle cannot be read or built, or the namespace does not exist
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { connection, namespace, taskQueue, activities, limits, shutdownGraceMs, onShutdown } = options;
  const { dataConverter = {} } = options;
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    dataConverter,
    ...(options.workflows ?? defaultWorkflowSource(dataConverter)),
    ...(options.interceptors !== undefined && { interceptors: options.interceptors }),
    maxCachedWorkflows: limits.maxCachedWorkflows,
    maxConcurrentActivityTaskExecutions: limits.maxConcurrentActivities,
    maxConcurrentWorkflowTaskExecutions: limits.maxConcurrentWorkflowTasks,
    ...(limits.taskQueueActivitiesPerSecond !== undefined && {
      maxTaskQueueActivitiesPerSecond: limits.taskQueueActivitiesPerSecond,
    }),
    maxHeartbeatThrottleInterval: options.heartbeatThrottleMs ?? HEARTBEAT_THROTTLE_MS,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + FORCE_AFTER_GRACE_MS,
  });
  const ended = worker.run();
  // Whoever holds `ended` hears of a failure; without a listener yet it must not end the process.
  ended.catch(() => undefined);
  return {
    ended,
    whyNotReady: () => whyNotReady(worker, connection),
    stop: async () => {
      if (worker.getState() === 'RUNNING') {
        onShutdown?.();
        worker.shutdown();
      }
      await ended;
    },
  };
}

async function whyNotReady(worker: Worker, connection: NativeConnection): Promise<string | null> {
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus();
  if (runState !== 'RUNNING') return `the worker is ${runState.toLowerCase()}`;
  if (workflowPollerState !== 'POLLING') return `the workflow poller is ${workflowPollerState.toLowerCase()}`;
  if (activityPollerState !== 'POLLING') return `the activity poller is ${activityPollerState.toLowerCase()}`;
  try {
    // A native connection retries within its calls, past a deadline of ours: so the race.
    const silence = delay(ASK_SERVER_WITHIN_MS, 'silence', { ref: false });
    const asking = connection.workflowService.getSystemInfo({});
    asking.catch(() => undefined); // it may fail after the race is over
    const answer = await Promise.race([asking, silence]);
    return answer === 'silence' ? `Temporal does not answer within ${ASK_SERVER_WITHIN_MS / 1000} s` : null;
  } catch (error) {
    return `Temporal does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
