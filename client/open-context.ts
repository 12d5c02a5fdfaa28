import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DEFAULT_TASK_QUEUE } from '../contracts/names.js';
import type { ClientContext } from './client-context.js';
import { unreachable } from './temporal-errors.js';
import { webUiOf } from './web-url.js';

export interface ConnectOptions {
  /** A Temporal client of yours, which stays open. Without it address, namespace, TLS and API key come from `TEMPORAL_*` and `temporal.toml`. */
  readonly client?: Client;
  /** @default `REIMAGE_TASK_QUEUE`, else `reimage` */
  readonly taskQueue?: string;
  /** Base URL of Temporal's web UI, for links. @default `REIMAGE_TEMPORAL_UI`, else what the address tells */
  readonly webUi?: string;
  /** @default `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Opens what the library works with.
 * @throws ReimageUnreachableError when no server answers, or the configuration cannot be read
 */
export async function openContext(
  options: ConnectOptions,
): Promise<{ context: ClientContext; close: () => Promise<void> }> {
  const { env = process.env } = options;
  const { client, address } = options.client ? { client: options.client, address: '' } : await connectClient(env);
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

async function connectClient(env: Readonly<Record<string, string | undefined>>) {
  let address = DEFAULT_ADDRESS;
  try {
    const overrideEnvVars = Object.fromEntries(
      Object.entries(env).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
    );
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
    address = connectionOptions.address ?? DEFAULT_ADDRESS;
    const connection = await Connection.connect(connectionOptions);
    return { client: new Client({ connection, ...(namespace !== undefined && { namespace }) }), address };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw unreachable(`The Temporal server at ${address} could not be reached: ${said}`, error);
  }
}
