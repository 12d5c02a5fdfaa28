import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { CodecServerCommandOptions } from '../run-codec-server.js';
import { runCodecServer } from '../run-codec-server.js';
import { neededOption } from '../needed-option.js';

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

function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}
