import * as z from 'zod';
import { IN_OUR_WORDS, nearestName } from '../../contracts/input-problems.js';
import { DEFAULT_TASK_QUEUE } from '../../contracts/names.js';
import { isLoopback } from '../proxy.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

const whole = ({ min, max, byDefault }: { min: number; max: number; byDefault: number }) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .default(byDefault);

/** Below it the checks before a rebuild call would be too old by the time that they are done, and no call could ever go out. */
const LEAST_CALLS_PER_MINUTE = 60;

/** Below it a rebuild call that JD Cloud performs late would be sent a second time, and erase twice. */
const LEAST_SETTLE_MS = 30_000;

/** An attempt at a rebuild call has five minutes: to settle what became of the last one, to check everything again, and to send. */
const LONGEST_SETTLE_MS = 180_000;

/** The environment of a worker. Docstrings of {@link WorkerConfig} say what each means. */
const Environment = z.object({
  REIMAGE_TASK_QUEUE: z.string().default(DEFAULT_TASK_QUEUE),
  REIMAGE_METRICS_PORT: whole({ min: 0, max: 65_535, byDefault: 0 }),
  REIMAGE_METRICS_HOST: z.string().default('127.0.0.1'),
  REIMAGE_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  REIMAGE_MAX_CACHED_WORKFLOWS: whole({ min: 0, max: 100_000, byDefault: 600 }),
  REIMAGE_MAX_CONCURRENT_ACTIVITIES: whole({ min: 1, max: 10_000, byDefault: 500 }),
  REIMAGE_MAX_CONCURRENT_WORKFLOW_TASKS: whole({ min: 2, max: 1000, byDefault: 40 }),
  REIMAGE_CALLS_PER_MINUTE: whole({ min: 0, max: 100_000, byDefault: 600 }).refine(
    (calls) => calls === 0 || calls >= LEAST_CALLS_PER_MINUTE,
    `must be 0 for no cap, or at least ${LEAST_CALLS_PER_MINUTE}`,
  ),
  REIMAGE_TASK_QUEUE_ACTIVITIES_PER_SECOND: whole({ min: 0, max: 100_000, byDefault: 0 }),
  REIMAGE_SHUTDOWN_GRACE_SECONDS: whole({ min: 0, max: 3600, byDefault: 40 }),
  REIMAGE_POLL_INTERVAL_MS: whole({ min: 100, max: 600_000, byDefault: 5000 }),
  REIMAGE_SETTLE_MS: whole({ min: 100, max: LONGEST_SETTLE_MS, byDefault: 60_000 }),
});

/** Read by other parts: the client, the payload codec, and the search for a Temporal server. */
const READ_ELSEWHERE = ['REIMAGE_TEMPORAL_UI', 'REIMAGE_CODEC_KEYS', 'REIMAGE_CACHE_DIR'];

/** Left to who runs a worker, for secrets that a request names by `env:`, and to our tests. */
const LEFT_ALONE = /^REIMAGE_(SECRET|TEST)_/;

/** Whether a variable is none of our settings, though it has our prefix. */
export function isLeftAlone(name: string): boolean {
  return LEFT_ALONE.test(name);
}

/** All of our settings. */
export const OWN_VARIABLES: readonly string[] = [...Object.keys(Environment.shape), ...READ_ELSEWHERE];

/** What a worker is told from outside, save what concerns Temporal (`TEMPORAL_*`) and JD Cloud (`JDCLOUD_*`). */
export interface WorkerConfig {
  readonly taskQueue: string;
  /** Where /metrics, /healthz and /readyz are served; null for nowhere. */
  readonly http: { readonly host: string; readonly port: number } | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly limits: WorkerLimits;
  /** Most calls of this worker to JD Cloud a minute, in each region; null for no cap. */
  readonly callsPerMinute: number | null;
  /** How long activities under way may take to end once the worker is asked to stop. Longer than the longest call, 30 s. */
  readonly shutdownGraceMs: number;
  /** Longest pause between two looks at a VM that is near its usual end; the shortest is half of it. */
  readonly pollIntervalMs: number;
  /** How long a change that JD Cloud accepted may stay invisible before we hold that it did not land. @see checkSettleTime */
  readonly settleMs: number;
}

export interface WorkerLimits {
  /** Workflows kept in memory; one that falls out is replayed from its history at its next step. */
  readonly maxCachedWorkflows: number;
  /** Activities at a time. Each rebuild that waits holds one. */
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentWorkflowTasks: number;
  /**
   * Activities that may start a second on the task queue, all its workers together; the server keeps to it. Absent: no
   * limit. Give all workers the same: the server takes the last it was told.
   */
  readonly taskQueueActivitiesPerSecond?: number;
}

/**
 * Reads the worker's settings. An empty variable counts as absent.
 * @throws Error that lists all problems at once in one line, mistyped names included
 */
export function readWorkerConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse(given, IN_OUR_WORDS);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...unknownNames(Object.keys(given)),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new Error(`The worker's settings are wrong: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  return {
    taskQueue: data.REIMAGE_TASK_QUEUE,
    http: data.REIMAGE_METRICS_PORT === 0 ? null : { host: data.REIMAGE_METRICS_HOST, port: data.REIMAGE_METRICS_PORT },
    logLevel: data.REIMAGE_LOG_LEVEL,
    limits: {
      maxCachedWorkflows: data.REIMAGE_MAX_CACHED_WORKFLOWS,
      maxConcurrentActivities: data.REIMAGE_MAX_CONCURRENT_ACTIVITIES,
      maxConcurrentWorkflowTasks: data.REIMAGE_MAX_CONCURRENT_WORKFLOW_TASKS,
      ...(data.REIMAGE_TASK_QUEUE_ACTIVITIES_PER_SECOND > 0 && {
        taskQueueActivitiesPerSecond: data.REIMAGE_TASK_QUEUE_ACTIVITIES_PER_SECOND,
      }),
    },
    callsPerMinute: data.REIMAGE_CALLS_PER_MINUTE === 0 ? null : data.REIMAGE_CALLS_PER_MINUTE,
    shutdownGraceMs: data.REIMAGE_SHUTDOWN_GRACE_SECONDS * 1000,
    pollIntervalMs: data.REIMAGE_POLL_INTERVAL_MS,
    settleMs: data.REIMAGE_SETTLE_MS,
  };
}

/**
 * Refuses a settle time that is safe only against a simulator. With compressed time one on this machine may have a
 * shorter one: nothing of worth is erased there.
 * @throws Error that names REIMAGE_SETTLE_MS
 */
export function checkSettleTime({ settleMs }: Pick<WorkerConfig, 'settleMs'>, endpoint: string): void {
  if (settleMs >= LEAST_SETTLE_MS || isLoopback(new URL(endpoint).hostname)) return;
  throw new Error(
    `REIMAGE_SETTLE_MS: must be ${LEAST_SETTLE_MS} or more, unless JDCLOUD_ENDPOINT is a simulator on this machine: ` +
      'a rebuild call that JD Cloud performs later than that would be sent again, and erase twice',
  );
}

function unknownNames(names: readonly string[]): string[] {
  return names
    .filter((name) => name.startsWith('REIMAGE_') && !OWN_VARIABLES.includes(name) && !isLeftAlone(name))
    .map((name) => {
      const nearest = nearestName(name, OWN_VARIABLES);
      return nearest === null ? `${name}: unknown` : `${name}: unknown (did you mean ${nearest}?)`;
    });
}
