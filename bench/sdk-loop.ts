import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { contend } from './usage.js';

const Input = z.looseObject({
  endpoint: z.string(),
  accessKey: z.string(),
  secretKey: z.string(),
  regionId: z.string(),
  imageId: z.string(),
  instanceIds: z.array(z.string()),
  pollIntervalMs: z.number(),
});
type Input = z.output<typeof Input>;

const Described = z.looseObject({ result: z.looseObject({ instance: z.looseObject({ status: z.string() }) }) });
type SdkClient = Readonly<Record<string, (options: object) => Promise<unknown>>>;

const require = createRequire(import.meta.url);
require('jdcloud-sdk-js/src/lib/node_loader');
const Vm: new (config: object) => SdkClient = require('jdcloud-sdk-js/src/services/vm');
const sdk: { config: { logger: () => void } } = require('jdcloud-sdk-js/src/lib/core');
// It prints each request, password and all, unless told not to.
sdk.config.logger = () => {};

/** What people write without us: a loop a VM over JD Cloud's own SDK, with the same pause between two looks. */
contend(Input, async (input, ready, finish) => {
  ready();
  await Promise.all(input.instanceIds.map((instanceId) => rebuild(input, instanceId)));
  await finish;
});

async function rebuild(input: Input, instanceId: string): Promise<void> {
  const { accessKey, secretKey, regionId, imageId, pollIntervalMs } = input;
  const client = new Vm({
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    regionId,
    logger: () => {},
    endpoint: { protocol: 'http', host: new URL(input.endpoint).host },
  });
  const call = async (operation: string, options: object = {}) => client[operation]?.({ instanceId, ...options });
  const waitFor = async (...statuses: readonly string[]) => {
    for (;;) {
      await delay(pollIntervalMs);
      const { result } = Described.parse(await call('describeInstance'));
      if (statuses.includes(result.instance.status)) return;
    }
  };
  await call('describeInstance');
  await call('stopInstance');
  await waitFor('stopped');
  await call('rebuildInstance', { imageId, keyNames: ['ops'] });
  await waitFor('rebuilding', 'stopped');
  await waitFor('stopped');
  await call('startInstance');
  await waitFor('running');
}
