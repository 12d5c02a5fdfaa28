import { fastify } from 'fastify';

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
 * @throws Error when the port cannot be had
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
  const url = await app.listen({ host: options.host, port: options.port });
  return { url, close: () => app.close() };
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
