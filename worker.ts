import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createDependencies } from './activities/create-dependencies.js';
import type { AboutWorker } from './activities/runtime/report-activities.js';
import { compressedTiming, DEFAULT_TIMING } from './activities/runtime/time.js';
import { type JdCloudSettings, openJdCloudSettings } from './jdcloud/config.js';
import { createSecretReader, settingsAccess } from './secrets/secret-reader.js';
import { readConnectSettings } from './temporal/connect-settings.js';
import { type CodecKeys, readCodecKeys } from './temporal/encryption/codec-keys.js';
import { createDataConverter } from './temporal/encryption/payload-codec.js';
import { watchKeys } from './temporal/encryption/watch-keys.js';
import { createLogger, type Logger } from './temporal/logger.js';
import { openNamespace } from './temporal/namespace/open-namespace.js';
import { packageVersion } from './temporal/package-version.js';
import { ensureSearchAttributes } from './temporal/search-attributes.js';
import { readingSettings } from './temporal/settings-error.js';
import { tellingWait, tellInLog } from './temporal/waiting.js';
import { checkSettleTime, readWorkerConfig, type WorkerConfig } from './temporal/worker/config.js';
import { createLastFailure, startWorkerHttp } from './temporal/worker/http.js';
import { createCallObserver, createMetrics } from './temporal/worker/metrics.js';
import { mistypedVariables } from './temporal/worker/mistyped-variables.js';
import { connectWorker, installRuntime, type RunningWorker, startWorker } from './temporal/worker/start-worker.js';

type Closer = () => void | Promise<void>;

export interface WorkerOptions {
  /**
   * How many times faster than JD Cloud the cloud is: all times of the worker are divided by it, and so many more calls
   * may go out. Only a simulator on this machine is: elsewhere it is refused as a short REIMAGE_SETTLE_MS is.
   * @default 1
   */
  readonly compress?: number;
}

interface Known extends Pick<AboutWorker, 'identity' | 'startedAt' | 'lastFailure'> {
  readonly jdcloud: JdCloudSettings;
  readonly codecKeys: CodecKeys | null;
}

/** Where a worker looks that was told no region, when it is asked whether JD Cloud takes its credentials. */
const DEFAULT_REGION = 'cn-north-1';

/** What a worker waits for at its start. Where it gives up, the part that it waits for does. */
const CREDENTIALS = { what: 'the credentials of JD Cloud', forMs: null };
const KEYS = { what: 'the keys of encryption (REIMAGE_CODEC_KEYS)', forMs: null };
const ATTRIBUTES = { what: 'the search attributes to be registered and seen by the Temporal server', forMs: 90_000 };

/**
 * Runs a worker until SIGTERM or SIGINT; a second signal ends it at once.
 * @throws SettingsError when it is told something wrong · TemporalConnectError when no server answers · Error with one
 * clear message, when it cannot start for another reason
 */
export async function runWorker(env: NodeJS.ProcessEnv = process.env, options: WorkerOptions = {}): Promise<void> {
  const closers: Closer[] = [];
  try {
    await run(env, options, (close) => closers.unshift(close));
  } finally {
    for (const close of closers) await close();
  }
}

async function run(
  env: NodeJS.ProcessEnv,
  { compress = 1 }: WorkerOptions,
  defer: (close: Closer) => void,
): Promise<void> {
  const startedAt = new Date();
  const { config, log, tell, jdcloud, timing, settings, codecKeys } = await openSettings(env, compress);
  const { callsPerMinute } = config;
  const metrics = createMetrics();
  const stopping = new AbortController();
  const { metricsUrl } = await installRuntime(log);
  const connection = await connectWorker(settings, undefined, tell);
  defer(() => connection.close());
  const registered = await tellingWait(tell, ATTRIBUTES, () => ensureSearchAttributes(connection, settings));
  if (registered.length > 0) log.info({ registered }, 'search attributes registered');

  const { namespace, address } = settings;
  const dataConverter = createDataConverter(codecKeys);
  // As the SDK has it, and the server tells who polls.
  const identity = `${process.pid}@${hostname()}`;
  const lastFailure = createLastFailure();
  const dependencies = createDependencies({
    about: aboutWorker({ identity, startedAt, jdcloud, codecKeys, lastFailure: lastFailure.last }),
    jdcloud: { ...jdcloud, onCall: createCallObserver({ log, metrics }) },
    env,
    namespace: openNamespace({ connection, namespace, dataConverter }),
    timing,
    callsPerMinute: callsPerMinute === null ? null : callsPerMinute * compress,
    stopping: stopping.signal,
  });
  defer(() => dependencies.close());
  metrics.watch(dependencies.poller.size);
  metrics.watchLimiters(dependencies.limiters);

  const { taskQueue, pollIntervalMs: everyMs } = config;
  const of = { service: connection.workflowService, namespace, taskQueue };
  const keyWatch = await watchKeys({ of, keys: codecKeys, identity, everyMs, log });
  defer(() => keyWatch.stop());

  const { activities } = dependencies;
  const onShutdown = () => stopping.abort();
  const { interceptors } = lastFailure;
  const parts = { connection, namespace, activities, dataConverter, interceptors, onShutdown };
  let running: RunningWorker | null = null;
  const whyNotRuns = async () => (running === null ? 'the worker is starting' : await running.whyNotReady());
  const whyNotReady = async () => keyWatch.lack()?.message ?? keyWatch.unread() ?? (await whyNotRuns());
  const sources = { readMetrics: metrics.read, temporalMetricsUrl: metricsUrl, whyNotReady };
  // Before any work is taken: a port that is taken ends the process.
  if (config.http) defer((await startWorkerHttp({ ...config.http, ...sources })).close);
  const worker = await startWorker({ ...config, ...parts });
  running = worker;
  defer(() => worker.stop());
  stopOnSignals(worker, config, log);
  keyWatch.onLack((lack) => {
    log.error({ reason: lack.message }, 'worker is stopping: it cannot read what others encrypt');
    void worker.stop().catch(() => undefined);
  });
  const known = { version: packageVersion(), endpoint: jdcloud.endpoint, http: config.http };
  log.info({ ...known, address, namespace, taskQueue, encryptedBy: codecKeys?.[0].id ?? null }, 'worker is ready');
  await worker.ended;
  log.info('worker has ended');
  const lack = keyWatch.lack();
  if (lack !== null) throw lack;
}

/** A name that is mistyped would be passed over, and another server or account be taken. */
function readConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const config = readWorkerConfig(env);
  const mistyped = mistypedVariables(env);
  if (mistyped.length > 0) throw new Error(`The worker's settings are wrong: ${mistyped.join('; ')}`);
  return config;
}

/** Everything that the worker is told from outside. @throws SettingsError */
async function openSettings(env: NodeJS.ProcessEnv, compress: number) {
  const config = await readingSettings(() => readConfig(env));
  const log = createLogger(config.logLevel);
  const tell = tellInLog(log);
  const jdcloud = await readingSettings(() => tellingWait(tell, CREDENTIALS, () => openJdCloud(env)));
  const { pollIntervalMs, settleMs } = config;
  const timing = compressedTiming({ ...DEFAULT_TIMING, pollIntervalMs, settleMs }, compress);
  await readingSettings(() => checkSettleTime(timing, jdcloud.endpoint));
  const settings = await readingSettings(() => readConnectSettings(env));
  const codecKeys = await readingSettings(() => tellingWait(tell, KEYS, () => openCodecKeys(env)));
  return { config, log, tell, jdcloud, timing, settings, codecKeys };
}

/** The first signal drains the worker; the next, without a listener left, ends the process. */
function stopOnSignals(
  worker: RunningWorker,
  { shutdownGraceMs }: Pick<WorkerConfig, 'shutdownGraceMs'>,
  log: Logger,
): void {
  const waitFor = { what: 'what is under way to end, before the worker does', forMs: shutdownGraceMs };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'worker is stopping');
      // How it ended is told to who awaits `ended`.
      void tellingWait(tellInLog(log), waitFor, () => worker.stop()).catch(() => undefined);
    });
  }
}

/** Where JD Cloud is and who asks. Credentials are looked up once now, so that a worker without any does not start. */
async function openJdCloud(env: NodeJS.ProcessEnv): Promise<JdCloudSettings> {
  const settings = await openJdCloudSettings(env, settingsAccess(env));
  await settings.credentials();
  return settings;
}

/** What the worker says of itself when `reimage doctor` asks. */
function aboutWorker({ identity, startedAt, jdcloud, codecKeys, lastFailure }: Known): AboutWorker {
  const { endpoint, regionId, credentials } = jdcloud;
  return {
    identity,
    startedAt,
    versions: { reimage: packageVersion(), node: process.versions.node },
    keyIds: (codecKeys ?? []).map(({ id }) => id),
    endpoint,
    regionId: regionId ?? DEFAULT_REGION,
    credentialsFrom: async () => (await credentials()).from,
    lastFailure,
  };
}

/** What payloads are encrypted with; null when encryption is off. */
async function openCodecKeys(env: NodeJS.ProcessEnv): Promise<CodecKeys | null> {
  return await readCodecKeys(env, createSecretReader({ env, where: 'on the worker' }).read);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await runWorker();
  } catch (error) {
    console.error(`reimage worker: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
