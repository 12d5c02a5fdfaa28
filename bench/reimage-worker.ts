import * as z from 'zod';
import { createDependencies } from '../activities/create-dependencies.js';
import { compressedTiming, DEFAULT_TIMING } from '../activities/runtime/time.js';
import { openNamespace } from '../temporal/namespace/open-namespace.js';
import { readWorkerConfig } from '../temporal/worker/config.js';
import { connectWorker, startWorker } from '../temporal/worker/start-worker.js';
import { contend } from './usage.js';

const Input = z.looseObject({
  address: z.string(),
  taskQueue: z.string(),
  bundlePath: z.string(),
  endpoint: z.string(),
  accessKey: z.string(),
  secretKey: z.string(),
  timesFaster: z.number(),
  callsPerMinute: z.number().nullable(),
});

/** Our worker with the settings that users get, its times divided like those of the cloud. */
contend(Input, async (input, ready, finish) => {
  const { address, taskQueue, bundlePath, endpoint, accessKey, secretKey, timesFaster, callsPerMinute } = input;
  const config = readWorkerConfig({});
  const { pollIntervalMs, settleMs } = config;
  const stopping = new AbortController();
  const connection = await connectWorker({ address, namespace: 'default', connectionOptions: { address } });
  const dependencies = createDependencies({
    jdcloud: { endpoint, credentials: async () => ({ accessKey, secretKey }) },
    env: {},
    namespace: openNamespace({ connection, namespace: 'default' }),
    timing: compressedTiming({ ...DEFAULT_TIMING, pollIntervalMs, settleMs }, timesFaster),
    callsPerMinute: callsPerMinute === null ? null : callsPerMinute * timesFaster,
    stopping: stopping.signal,
  });
  const worker = await startWorker({
    ...config,
    connection,
    namespace: 'default',
    taskQueue,
    activities: dependencies.activities,
    workflows: { workflowBundle: { codePath: bundlePath } },
    onShutdown: () => stopping.abort(),
  });
  ready();
  await finish;
  await worker.stop();
  await connection.close();
  dependencies.close();
});
