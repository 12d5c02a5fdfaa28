import type { WorkerInterceptors } from '@temporalio/worker';
import { fastify, type FastifyInstance } from 'fastify';
import type { WorkerFailure } from '../../contracts/worker-report.js';
import { SettingsError } from '../settings-error.js';

export interface WorkerHttpOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Our metrics, in Prometheus' text format. */
  readonly readMetrics: () => Promise<string>;
  /** Where Temporal's SDK serves its own. */
  readonly temporalMetricsUrl: string;
  /** Why the worker cannot take work now; null when it can. */
  readonly whyNotReady: () => Promise<string | null>;
}

export interface WorkerHttp {
  /** Base URL, with the port that was picked. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves what a supervisor asks of a worker: `/metrics` (ours and the SDK's together), `/healthz` (the
 * process answers) and `/readyz` (it polls and its server answers; 503 with the reason otherwise).
 * @throws SettingsError that names the variable when host or port cannot be had
 */
export async function startWorkerHttp(options: WorkerHttpOptions): Promise<WorkerHttp> {
  const app = fastify({ keepAliveTimeout: 5_000, forceCloseConnections: true });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await options.whyNotReady();
    return reply.code(reason === null ? 200 : 503).send({ status: reason === null ? 'ready' : 'not ready', reason });
  });
  app.get('/metrics', async (_request, reply) => {
    const parts = await Promise.all([options.readMetrics(), readTemporalMetrics(options.temporalMetricsUrl)]);
    return reply.type(TEXT_FORMAT).send(parts.join('\n'));
  });
  const url = await listen(app, options);
  return { url, close: () => app.close() };
}

/** What the system says when a port cannot be had, and what to do then. All else is the host's fault. */
const PORT_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there, such as a second worker; name another port, or 0 for none',
  EACCES: 'this user may not listen there; name a port from 1024 on',
};

async function listen(app: FastifyInstance, { host, port }: WorkerHttpOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const ofPort = PORT_FAULTS[code];
    const variable = ofPort === undefined ? 'REIMAGE_METRICS_HOST' : 'REIMAGE_METRICS_PORT';
    const next = ofPort ?? 'it is no address of this machine';
    throw new SettingsError(`${variable}: cannot listen on ${host}:${port} (${code}): ${next}`, { cause: error });
  }
}

/** The SDK's metrics, or a comment that says why they are missing: ours are worth having alone. */
async function readTemporalMetrics(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.text();
  } catch (error) {
    return `# Temporal's own metrics cannot be read: ${String(error)}\n`;
  }
}

/** What went wrong last in the activities of a worker. */
export interface LastFailure {
  readonly interceptors: WorkerInterceptors;
  /** Null: nothing has failed. */
  readonly last: () => WorkerFailure | null;
}

/** Longest that is kept of a message. */
const LONGEST = 500;

/** Remembers how the last attempt ended that failed. A cancellation is no failure. */
export function createLastFailure(now: () => Date = () => new Date()): LastFailure {
  let last: WorkerFailure | null = null;
  return {
    last: () => last,
    interceptors: {
      activity: [
        ({ info: { activityType }, cancellationSignal }) => ({
          inbound: {
            execute: async (input, next) => {
              try {
                return await next(input);
              } catch (error) {
                const message = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST);
                if (!cancellationSignal.aborted) last = { at: now().toISOString(), activity: activityType, message };
                throw error;
              }
            },
          },
        }),
      ],
    },
  };
}
