import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import {
  type BundleOptions,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerInterceptors,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ConnectSettings } from '../connect-settings.js';
import { connectWithin } from '../connect.js';
import { freePort } from '../dev-server/dev-server.js';
import { type Logger, toTemporalLogger } from '../logger.js';
import type { OnWaiting } from '../waiting.js';
import { proxyOnTheWayTo } from '../why-unreachable.js';
import type { WorkerLimits } from './config.js';

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

const WORKER_CONNECT_WITHIN_MS = 10_000;

/**
 * Connects as a worker must, through the proxy that a client would take. There is no second try: a worker that cannot
 * reach its server ends, and whatever supervises it starts it again.
 * @param tell - hears that it waits
 * @throws TemporalConnectError when no server answers within `connectWithinMs`, at once where it is refused, or when it
 * does not let us in
 */
export async function connectWorker(
  settings: ConnectSettings,
  connectWithinMs = WORKER_CONNECT_WITHIN_MS,
  tell?: OnWaiting,
): Promise<NativeConnection> {
  const proxy = proxyOnTheWayTo(settings.address);
  const options = { ...settings.connectionOptions, ...(proxy !== null && { proxy: asCoreHasIt(proxy) }) };
  return await connectWithin(settings, () => NativeConnection.connect(options), connectWithinMs, { tell });
}

function asCoreHasIt({ host, port, basicAuth }: NonNullable<ReturnType<typeof proxyOnTheWayTo>>) {
  return { type: 'http-connect' as const, targetHost: `${host}:${port}`, ...(basicAuth !== null && { basicAuth }) };
}

/**
 * Sets up the SDK's runtime: its logs go to ours, its metrics to a port of the loopback interface, and
 * signals are left to us. Once a process, before the first connection or worker.
 * @returns where the SDK's metrics are read
 * @throws IllegalStateError when a runtime exists already
 */
export async function installRuntime(log: Logger): Promise<{ metricsUrl: string }> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  const core = log.isLevelEnabled('debug') ? 'INFO' : 'WARN';
  Runtime.install({
    logger: toTemporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core, other: 'ERROR' }, forward: {} },
      metrics: {
        prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
      },
    },
  });
  return { metricsUrl: `http://${bindAddress}/metrics` };
}

/** Where a worker takes its workflows from. */
export type WorkflowSource = Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle' | 'bundlerOptions'>;

/** Files of `npm run build`. What a workflow throws becomes a failure inside of the bundle, so there is one for each way. */
export const WORKFLOW_BUNDLE = { inClear: 'workflow-bundle.js', encoding: 'workflow-bundle-encoding.js' } as const;

/** The sources of all workflows, and what a worker evaluates once for all of them, for the SDK's bundler. */
export const WORKFLOW_SOURCES = {
  workflowsPath: sourceOf('index.ts'),
  preloadModules: [sourceOf('preload-contracts.ts')],
} satisfies BundleOptions;

/**
 * The bundle that `npm run build` made, or, when this runs from its sources, the sources, bundled at the start.
 * @param dataConverter - of the worker; one with a failure converter gets the bundle that holds ours
 */
export function defaultWorkflowSource({ failureConverterPath }: DataConverter): WorkflowSource {
  const isSource = import.meta.url.endsWith('.ts');
  if (isSource) {
    const { workflowsPath, preloadModules } = WORKFLOW_SOURCES;
    return { workflowsPath, bundlerOptions: { preloadModules } };
  }
  const bundle = failureConverterPath === undefined ? WORKFLOW_BUNDLE.inClear : WORKFLOW_BUNDLE.encoding;
  return { workflowBundle: { codePath: fileURLToPath(new URL(`../../${bundle}`, import.meta.url)) } };
}

function sourceOf(module: string): string {
  return fileURLToPath(new URL(`../../workflows/${module}`, import.meta.url));
}
