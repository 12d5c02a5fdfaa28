#!/usr/bin/env node
import { withAccount } from './account-name.js';
import { runCli } from './run-cli.js';
import { processIo } from './terminal.js';

process.exitCode = await runCli(process.argv.slice(2), {
  io: processIo(),
  env: withAccount(process.env),
  connect: async (options) => {
    const { ReimageClient } = await import('../reimage-client.js');
    return await ReimageClient.connect(options);
  },
});
