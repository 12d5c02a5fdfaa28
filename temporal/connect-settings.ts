import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

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

  constructor(address: string, cause: unknown) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
    super(
      `Cannot connect to Temporal at ${address}: ${reason}. TEMPORAL_ADDRESS, or the profile in temporal.toml, names the server.`,
      { cause },
    );
    this.address = address;
  }
}

/**
 * Reads `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, the TLS settings and the profiles of temporal.toml.
 * An empty variable counts as absent.
 * @throws Error when a profile or a certificate file cannot be read
 * @see https://docs.temporal.io/develop/environment-configuration
 */
export function readConnectSettings(env: NodeJS.ProcessEnv = process.env): ConnectSettings {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  );
  try {
    refuseInherited(overrideEnvVars['TEMPORAL_PROFILE'] ?? '');
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
    const address = connectionOptions.address ?? 'localhost:7233';
    return { address, namespace: namespace ?? 'default', connectionOptions: { ...connectionOptions, address } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The settings of Temporal (TEMPORAL_* variables, temporal.toml) cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

/** The SDK keeps profiles by name in a plain object: `__proto__` would change every object of this process. */
function refuseInherited(profile: string): void {
  if (profile in Object.prototype) throw new Error(`${profile} cannot be the name of a profile`);
}
