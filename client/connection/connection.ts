import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DEFAULT_TASK_QUEUE } from '../../contracts/names.js';
import { createSecretReader } from '../../secrets/secret-reader.js';
import { readConnectSettings, TemporalConnectError } from '../../temporal/connect-settings.js';
import { type ConnectedClient, connectObserved } from '../../temporal/connect.js';
import {
  CODEC_KEYS_VARIABLE,
  type CodecKeys,
  readCodecKeys,
  type ReadSecret,
} from '../../temporal/encryption/codec-keys.js';
import { announceKeys } from '../../temporal/encryption/key-record.js';
import { createDataConverter } from '../../temporal/encryption/payload-codec.js';
import { mistypedVariables } from '../../temporal/worker/mistyped-variables.js';
import type { CallOptions, ClientContext } from './context.js';
import { ReimageInvalidInputError } from './errors.js';
import { unreachable } from './temporal-errors.js';
import { webUiOf } from './web-url.js';

type Env = Readonly<Record<string, string | undefined>>;

/** `signal` and `onProgress` hold for every call of the client that is given none of its own. */
export interface ConnectOptions extends CallOptions {
  /**
   * A Temporal client of yours, which stays open. Without it address, namespace, TLS and API key come from `TEMPORAL_*`
   * and `temporal.toml`. Where `REIMAGE_CODEC_KEYS` is set, it must have been made with what `readDataConverter` gives.
   */
  readonly client?: Client;
  /** @default `REIMAGE_TASK_QUEUE`, else `reimage` */
  readonly taskQueue?: string;
  /** Base URL of Temporal's web UI, for links. @default `REIMAGE_TEMPORAL_UI`, else what the address tells */
  readonly webUi?: string;
  /** @default `process.env` */
  readonly env?: Env;
}

/** What a client works with, and how to let go of it. */
export interface OpenContext {
  readonly context: ClientContext;
  readonly close: () => Promise<void>;
}

/**
 * Opens what the library works with.
 * @throws ReimageUnreachableError when no server answers · ReimageInvalidInputError when the configuration cannot be read, or
 * names a variable that is mistyped
 */
export async function openContext(options: ConnectOptions): Promise<OpenContext> {
  const { env = process.env } = options;
  refuseMistyped(env);
  if (options.client) refuseInClear(options.client, env);
  const connected = options.client ? { client: options.client, address: '' } : await connect(env, options);
  const { client, address } = connected;
  return {
    context: {
      client,
      ...('lastRefusal' in connected && { lastRefusal: connected.lastRefusal }),
      signal: options.signal,
      onProgress: options.onProgress,
      taskQueue: options.taskQueue ?? taskQueueOf(env),
      webUi: options.webUi ?? webUiOf(address, env),
    },
    close: async () => {
      if ('close' in connected) await connected.close();
    },
  };
}

async function connect(
  env: Env,
  { taskQueue = taskQueueOf(env), signal, onProgress }: ConnectOptions,
): Promise<ConnectedClient & { readonly address: string }> {
  const settings = readSettings(env);
  const keys = await openCodecKeys(env);
  try {
    const dataConverter = createDataConverter(keys);
    const connected = await connectObserved({ ...settings, dataConverter, onWaiting: onProgress, signal });
    if (keys !== null) await announce(connected.client, keys, taskQueue);
    return { ...connected, address: settings.address };
  } catch (error) {
    if (error instanceof TemporalConnectError) throw unreachable(error.message, error);
    throw error;
  }
}

function taskQueueOf(env: Env): string {
  return env['REIMAGE_TASK_QUEUE'] || DEFAULT_TASK_QUEUE;
}

/** Longest that telling the workers by what we encrypt may hold anybody up. */
const ANNOUNCE_WITHIN_MS = 3_000;

/** Workers that lack the key then take no work. Where they cannot be told, they fail what they cannot read, and repeat it. */
async function announce(client: Client, keys: CodecKeys, taskQueue: string): Promise<void> {
  const of = { service: client.workflowService, namespace: client.options.namespace, taskQueue };
  const telling = () => announceKeys(of, keys, null);
  await client.withDeadline(Date.now() + ANNOUNCE_WITHIN_MS, telling).catch(() => undefined);
}

/** A client that writes in clear what all others encrypt is a mistake that nobody would notice. */
function refuseInClear({ options }: Client, env: Env): void {
  if (!env[CODEC_KEYS_VARIABLE] || options.loadedDataConverter.payloadCodecs.length > 0) return;
  throw new ReimageInvalidInputError(
    `${CODEC_KEYS_VARIABLE} is set, but the Temporal client given has no payload codec: make it with readDataConverter().`,
    'client',
  );
}

function readSettings(env: Env) {
  try {
    return readConnectSettings(env);
  } catch (error) {
    throw new ReimageInvalidInputError(error instanceof Error ? error.message : String(error), 'TEMPORAL_*');
  }
}

/** Reads secret references here, as a worker reads them there. */
export function secretReader(env: Env): ReadSecret {
  return createSecretReader({ env, where: 'in this process' }).read;
}

/** The keys of `REIMAGE_CODEC_KEYS`; null when encryption is off. @throws ReimageInvalidInputError */
export async function openCodecKeys(env: Env): Promise<CodecKeys | null> {
  try {
    return await readCodecKeys(env, secretReader(env));
  } catch (error) {
    throw new ReimageInvalidInputError(error instanceof Error ? error.message : String(error), CODEC_KEYS_VARIABLE);
  }
}

/**
 * How `REIMAGE_CODEC_KEYS` says that payloads go to Temporal. Only a Temporal client of your own needs it:
 * `new Client({ connection, dataConverter: await readDataConverter() })`.
 * @returns an empty one when encryption is off
 * @throws ReimageInvalidInputError when the keys cannot be read
 */
export async function readDataConverter(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<DataConverter> {
  return createDataConverter(await openCodecKeys(env));
}

/**
 * Refuses an environment in which a variable nearly bears a name that is read: worker, library and command line alike.
 * @throws ReimageInvalidInputError naming the variables, and never what they hold
 */
export function refuseMistyped(env: Readonly<Record<string, string | undefined>>): void {
  const mistyped = mistypedVariables(env);
  if (mistyped.length === 0) return;
  throw new ReimageInvalidInputError(`The environment is wrong: ${mistyped.join('; ')}.`, 'environment');
}
