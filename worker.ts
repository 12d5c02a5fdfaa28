import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDependencies } from './activities/create-dependencies.js';
import { readConnectSettings } from './temporal/connect-settings.js';
import { connectWorker } from './temporal/connect-worker.js';
import { createLogger } from './temporal/logger.js';
import { createMetrics } from './temporal/metrics.js';
import { installRuntime } from './temporal/runtime.js';
import { ensureSearchAttributes } from './temporal/search-attributes.js';
import { startWorker } from './temporal/start-worker.js';
import { readWorkerConfig } from './temporal/worker-config.js';
import { startWorkerHttp } from './temporal/worker-http.js';

type Closer = () => void | Promise<void>;

/**
 * Runs a worker until SIGTERM or SIGINT; a second signal ends it at once.
 * @throws Error with one clear message, when it cannot start
 */
export async function runWorker(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const closers: Closer[] = [];
  try {
    await run(env, (close) => closers.unshift(close));
  } finally {
    for (const close of closers) await close();
  }
}

async function run(env: NodeJS.ProcessEnv, defer: (close: Closer) => void): Promise<void> {
  const config = readWorkerConfig(env);
  const settings = readConnectSettings(env);
  const log = createLogger(config.logLevel);
  const metrics = createMetrics();
  const stopping = new AbortController();

  const dependencies = await createDependencies({ env, config, log, metrics, stopping: stopping.signal });
  defer(() => dependencies.close());
  const { metricsUrl } = await installRuntime(log);
  const connection = await connectWorker(settings);
  defer(() => connection.close());
  const registered = await ensureSearchAttributes(connection, settings);
  if (registered.length > 0) log.info({ registered }, 'search attributes registered');

  const { activities } = dependencies;
  const { namespace, address } = settings;
  const worker = await startWorker({
    ...config,
    connection,
    namespace,
    activities,
    onShutdown: () => stopping.abort(),
  });
  defer(() => worker.stop());
  if (config.http) {
    const { whyNotReady } = worker;
    const http = await startWorkerHttp({
      ...config.http,
      readMetrics: metrics.read,
      temporalMetricsUrl: metricsUrl,
      whyNotReady,
    });
    defer(() => http.close());
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'worker is stopping');
      void worker.stop().catch(() => undefined);
    });
  }
  log.info({ address, namespace, taskQueue: config.taskQueue }, 'worker is ready');
  await worker.ended;
  log.info('worker has ended');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await runWorker();
  } catch (error) {
    console.error(`reimage worker: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
