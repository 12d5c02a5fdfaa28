import type { Client } from '@temporalio/client';
import { DEFAULT_TASK_QUEUE } from '../contracts/names.js';
import { CODEC_KEYS_VARIABLE } from '../temporal/codec-keys.js';
import { connectClient } from '../temporal/connect-client.js';
import { readConnectSettings, TemporalConnectError } from '../temporal/connect-settings.js';
import type { ClientContext } from './client-context.js';
import { readDataConverter } from './read-data-converter.js';
import { ReimageInvalidInputError } from './reimage-errors.js';
import { unreachable } from './temporal-errors.js';
import { webUiOf } from './web-url.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface ConnectOptions {
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
 * @throws ReimageUnreachableError when no server answers · ReimageInvalidInputError when the configuration cannot be read
 */
export async function openContext(options: ConnectOptions): Promise<OpenContext> {
  const { env = process.env } = options;
  if (options.client) refuseInClear(options.client, env);
  const { client, address } = options.client ? { client: options.client, address: '' } : await connect(env);
  return {
    context: {
      client,
      taskQueue: options.taskQueue ?? (env['REIMAGE_TASK_QUEUE'] || DEFAULT_TASK_QUEUE),
      webUi: options.webUi ?? webUiOf(address, env),
    },
    close: async () => {
      if (!options.client) await client.connection.close();
    },
  };
}

async function connect(env: Env): Promise<{ client: Client; address: string }> {
  const settings = readSettings(env);
  const dataConverter = await readDataConverter(env);
  try {
    return { client: await connectClient({ ...settings, dataConverter }), address: settings.address };
  } catch (error) {
    if (error instanceof TemporalConnectError) throw unreachable(error.message, error);
    throw error;
  }
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
