import type { Command } from 'commander';
import * as z from 'zod';
import { SecretRef } from '../../../contracts/secret-ref.js';
import { CODEC_KEYS_VARIABLE } from '../../../temporal/encryption/codec-keys.js';
import { type CodecServerOptions, startCodecServer } from '../../../temporal/encryption/codec-server.js';
import { createPayloadCodec } from '../../../temporal/encryption/payload-codec.js';
import { SettingsError } from '../../../temporal/settings-error.js';
import { openCodecKeys, secretReader } from '../../connection/connection.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import type { CliDeps, Env, Io } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { untilInterrupted } from '../io/terminal.js';
import type { Parsing } from '../options/command-table.js';
import { cliCommand, collect, neededOption } from '../options/parse-options.js';

const MORE = `
It shows Temporal's UI and CLI what REIMAGE_CODEC_KEYS has encrypted. Every request must bear the token.
Without a certificate it listens on the loopback interface only. It logs nothing.

Examples:
  $ reimage codec-server --port 8081 --token-from file:codec-token --cors-origin https://temporal.example.com
  $ temporal workflow show -w ID --codec-endpoint http://127.0.0.1:8081 --codec-auth "Bearer $TOKEN"`;

/** Defines `reimage codec-server`. */
export function defineCodecServer(command: Command, { dispatch }: Parsing): void {
  command
    .addOption(neededOption('--port <number>', 'port to listen on; 0 picks a free one'))
    .addOption(neededOption('--token-from <ref>', 'bearer token of requests, as env:NAME, file:PATH or exec:COMMAND'))
    .option('--host <address>', 'address to listen on; beyond loopback only with TLS', '127.0.0.1')
    .option('--cors-origin <url>', "origin of Temporal's UI (repeatable)", collect)
    .option('--tls-cert <file>', 'certificate chain, in PEM')
    .option('--tls-key <file>', 'its private key, in PEM')
    .addHelpText('after', MORE)
    .action((options: object) =>
      dispatch(cliCommand('codec-server', CodecServerCommandOptions, runCodecServer), { ...options }),
    );
}

/** What stands on the command line of `codec-server`. */
export const CodecServerCommandOptions = z.strictObject({
  port: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .pipe(z.int().max(65_535)),
  tokenFrom: SecretRef,
  host: z.string().min(1),
  corsOrigin: z.array(z.string()).default([]),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
});
export type CodecServerCommandOptions = z.output<typeof CodecServerCommandOptions>;

/**
 * Starts a codec server, says where it is, and closes it on Ctrl-C.
 * @throws ReimageInvalidInputError when it would have nothing to decrypt with, or serve in clear beyond this machine
 */
export async function runCodecServer(options: CodecServerCommandOptions, { io, env }: CliDeps): Promise<number> {
  const { host, port, corsOrigin: corsOrigins } = options;
  const keys = await openCodecKeys(env);
  if (keys === null) {
    throw new ReimageInvalidInputError(
      `${CODEC_KEYS_VARIABLE} is not set: there is nothing to decrypt.`,
      'environment',
    );
  }
  const token = await readToken(options.tokenFrom, env);
  const tls = await readTls(options, io);
  const codec = createPayloadCodec(keys);
  const server = await start({ codec, token, host, port, corsOrigins, ...(tls && { tls }) });
  // From before it is said: whoever reads it may answer with Ctrl-C at once.
  const interrupted = untilInterrupted(io);
  io.out(`codec server: ${server.url}`);
  io.err(`key ${keys[0].id} encrypts, ${keys.length} in all decrypt. Ctrl-C ends it.`);
  await interrupted;
  await server.close();
  return OK;
}

async function readToken(ref: SecretRef, env: Env): Promise<string> {
  try {
    return await secretReader(env)(ref);
  } catch (error) {
    throw new ReimageInvalidInputError(`--token-from: ${messageOf(error)}`, '--token-from');
  }
}

async function readTls({ tlsCert, tlsKey }: CodecServerCommandOptions, io: Io): Promise<CodecServerOptions['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new ReimageInvalidInputError('--tls-cert and --tls-key go together.', '--tls-cert');
  }
  try {
    const [cert, key] = await Promise.all([tlsCert, tlsKey].map((path) => readKeyFile(path, io)));
    return cert && key && { cert, key };
  } catch (error) {
    throw new ReimageInvalidInputError(`--tls-cert or --tls-key: ${messageOf(error)}`, '--tls-cert');
  }
}

async function readKeyFile(path: string, io: Io): Promise<Uint8Array> {
  try {
    return await io.readKeyFile(path);
  } catch (error) {
    throw new Error(`${path} ${messageOf(error)}`, { cause: error });
  }
}

async function start(options: CodecServerOptions) {
  try {
    return await startCodecServer(options);
  } catch (error) {
    if (error instanceof SettingsError) throw new ReimageInvalidInputError(error.message, '--host');
    throw new ReimageInvalidInputError(
      `It cannot listen on ${options.host}:${options.port}: ${messageOf(error)}`,
      '--port',
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
