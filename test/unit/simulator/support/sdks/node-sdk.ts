import { createRequire } from 'node:module';
import type { Simulator } from '../../../../../simulator/start-simulator.js';
import { type ObtainableSdk, type OfficialSdk, SdkAnswer } from './official-sdk.js';

type SdkMethod = (options?: object) => Promise<unknown>;
type SdkClient = Readonly<Record<string, SdkMethod>>;

interface Sdk {
  readonly config: { logger: () => void };
}

const require = createRequire(import.meta.url);
require('jdcloud-sdk-js/src/lib/node_loader');
const Vm: new (config: object) => SdkClient = require('jdcloud-sdk-js/src/services/vm');
const sdk: Sdk = require('jdcloud-sdk-js/src/lib/core');
// It prints each request, password and all, unless told not to.
sdk.config.logger = () => {};

// What it rejects with is the answer's body, and no Error.
const Refused = SdkAnswer.required({ error: true });

const callByNode: OfficialSdk = async (simulator, { operation, options = {}, securityToken }) => {
  const { accessKey, secretKey } = simulator.credentials;
  const client = new Vm({
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    regionId: 'cn-north-1',
    logger: () => {},
    endpoint: { protocol: 'http', host: new URL(simulator.endpoint).host },
  });
  const token = securityToken === undefined ? {} : { 'x-extra-header': { 'x-jdcloud-security-token': securityToken } };
  try {
    return SdkAnswer.parse(await client[operation]?.({ ...options, ...token }));
  } catch (error) {
    return Refused.parse(error);
  }
};

/** `jdcloud-sdk-js`, which our own install brings. */
export const NODE_SDK: ObtainableSdk = {
  name: 'the SDK for Node',
  obtain: async () => callByNode,
  warnings: [],
};

/** Calls an operation by the SDK for Node. @throws Error with what JD Cloud said when it refused */
export async function callBySdk(simulator: Simulator, operation: string, options: object = {}): Promise<SdkAnswer> {
  const answer = await callByNode(simulator, { operation, options });
  if (answer.error !== undefined) throw new Error(`${operation}: ${answer.error.message}`);
  return answer;
}
