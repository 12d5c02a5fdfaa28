#!/usr/bin/env node
import { OK } from './io/exit-codes.js';
import { processIo, withAccount } from './io/terminal.js';
import { runCli } from './run-cli.js';

/** For what is left to be written. */
const LEFT_OVER_MS = 500;

const exitCode = await runCli(process.argv.slice(2), {
  io: processIo(),
  env: withAccount(process.env),
  connect: async (options) => {
    const { ReimageClient } = await import('../reimage-client.js');
    return await ReimageClient.connect(options);
  },
});
process.exitCode = exitCode;
// What hangs holds nobody up: a call that nobody waits for any more, and that the SDK is about to repeat.
if (exitCode !== OK) setTimeout(() => process.exit(), LEFT_OVER_MS).unref();
