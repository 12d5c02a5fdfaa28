import { createRequire } from 'node:module';
import * as z from 'zod';
import type { Simulator } from '../../../simulator/start-simulator.js';

type SdkCall = (options?: object) => Promise<unknown>;
type SdkClient = Readonly<Record<string, SdkCall>>;

interface Sdk {
  readonly config: { logger: () => void };
}

const require = createRequire(import.meta.url);
require('jdcloud-sdk-js/src/lib/node_loader');
const Vm: new (config: object) => SdkClient = require('jdcloud-sdk-js/src/services/vm');
const sdk: Sdk = require('jdcloud-sdk-js/src/lib/core');
// It prints each request, password and all, unless told not to.
sdk.config.logger = () => {};

const Refusal = z.looseObject({
  requestId: z.string(),
  error: z.looseObject({ code: z.int(), status: z.string(), message: z.string() }),
});

const Answer = z.looseObject({ requestId: z.string(), result: z.record(z.string(), z.unknown()).optional() });
export type SdkAnswer = z.output<typeof Answer>;

/** Calls an operation by JD Cloud's own SDK. Rejects with what JD Cloud said. */
export async function callBySdk(simulator: Simulator, operation: string, options: object = {}): Promise<SdkAnswer> {
  const { accessKey, secretKey } = simulator.credentials;
  const client = new Vm({
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    regionId: 'cn-north-1',
    logger: () => {},
    endpoint: { protocol: 'http', host: new URL(simulator.endpoint).host },
  });
  return Answer.parse(await client[operation]?.(options));
}

/** The error of a call that the SDK made and JD Cloud refused. Throws when it was not refused. */
export async function refusalBySdk(simulator: Simulator, operation: string, options: object = {}) {
  const caught: unknown = await callBySdk(simulator, operation, options).then(
    () => null,
    (error: unknown) => error,
  );
  return Refusal.parse(caught).error;
}
