import { FileError } from '../contracts/utf8-text.js';
import { refuseIrregular } from '../secrets/bounded-files.js';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { hostPortOf } from './proxy.js';

/** Where Temporal is and how to get in, as the environment and temporal.toml say. */
export interface ConnectSettings {
  readonly address: string;
  readonly namespace: string;
  /** For `Connection.connect` and `NativeConnection.connect` alike. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/** The server could not be reached, or did not let us in. The message names the address and where it is set. */
export class TemporalConnectError extends Error {
  override readonly name = 'TemporalConnectError';
  readonly address: string;

  /** @param proxy - that stands in between, in words; null: none */
  constructor(address: string, cause: unknown, proxy: string | null = null) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
    const through = proxy === null || reason.includes(proxy) ? '' : ` through ${proxy}`;
    super(
      `Cannot connect to Temporal at ${address}${through}: ${reason}. TEMPORAL_ADDRESS, or the profile in temporal.toml, names the server.`,
      { cause },
    );
    this.address = address;
  }
}

/**
 * Reads `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, the TLS settings and the profiles of temporal.toml.
 * An empty variable counts as absent.
 * @throws Error when a profile or a certificate file cannot be read, or an address is none
 * @see https://docs.temporal.io/develop/environment-configuration
 */
export function readConnectSettings(env: NodeJS.ProcessEnv = process.env): ConnectSettings {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  );
  try {
    refuseInherited(overrideEnvVars['TEMPORAL_PROFILE'] ?? '');
    for (const name of FILES) refuseIrregularIn(name, overrideEnvVars[name]);
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
    const address = connectionOptions.address ?? 'localhost:7233';
    refuseNoAddress(address, 'TEMPORAL_ADDRESS' in overrideEnvVars);
    return { address, namespace: namespace ?? 'default', connectionOptions: { ...connectionOptions, address } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The settings of Temporal (TEMPORAL_* variables, temporal.toml) cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

/** What the SDK takes for an address only when it connects, and then refuses as if it were a bug, or never reaches. */
function refuseNoAddress(address: string, isVariable: boolean): void {
  const target = /\s/.test(address) ? null : hostPortOf(address);
  if (target !== null && target.port > 0 && target.port <= HIGHEST_PORT) return;
  const where = isVariable ? 'TEMPORAL_ADDRESS' : 'the address of the profile';
  throw new Error(
    `${where} must be HOST:PORT, such as temporal.internal:7233 or [::1]:7233, and is ${JSON.stringify(address)}`,
  );
}

const HIGHEST_PORT = 65_535;

/** Variables that name a file. The SDK opens it as it is, and would wait for a FIFO for ever. */
const FILES = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
] as const;

function refuseIrregularIn(name: string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    refuseIrregular(path);
  } catch (error) {
    if (error instanceof FileError) throw new Error(`what ${name} names ${error.message}`, { cause: error });
    throw error;
  }
}

/** The SDK keeps profiles by name in a plain object: `__proto__` would change every object of this process. */
function refuseInherited(profile: string): void {
  if (profile in Object.prototype) throw new Error(`${profile} cannot be the name of a profile`);
}
