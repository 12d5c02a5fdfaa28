import type { Client } from '@temporalio/client';
import { DEFAULT_TASK_QUEUE } from '../contracts/names.js';
import { connectClient } from '../temporal/connect-client.js';
import { readConnectSettings, TemporalConnectError } from '../temporal/connect-settings.js';
import type { ClientContext } from './client-context.js';
import { ReimageInvalidInputError } from './reimage-errors.js';
import { unreachable } from './temporal-errors.js';
import { webUiOf } from './web-url.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface ConnectOptions {
  /** A Temporal client of yours, which stays open. Without it address, namespace, TLS and API key come from `TEMPORAL_*` and `temporal.toml`. */
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
  try {
    return { client: await connectClient(settings), address: settings.address };
  } catch (error) {
    if (error instanceof TemporalConnectError) throw unreachable(error.message, error);
    throw error;
  }
}

function readSettings(env: Env) {
  try {
    return readConnectSettings(env);
  } catch (error) {
    throw new ReimageInvalidInputError(error instanceof Error ? error.message : String(error), 'TEMPORAL_*');
  }
}
