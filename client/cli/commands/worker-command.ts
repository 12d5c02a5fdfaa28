import type { Command } from 'commander';
import type { Dispatch } from '../command-names.js';

const MORE = `
Everything is set by the environment: TEMPORAL_* for the server, JDCLOUD_* for the cloud,
REIMAGE_* for the worker itself. Logs go to stdout as JSON. SIGTERM or Ctrl-C end it gracefully.

Example:
  $ TEMPORAL_ADDRESS=temporal:7233 JDCLOUD_ACCESS_KEY=... JDCLOUD_SECRET_KEY=... reimage worker`;

export function addWorkerCommand(parent: Command, dispatch: Dispatch): void {
  parent
    .command('worker')
    .description('Run a worker, which does what rebuilds ask for')
    .addHelpText('after', MORE)
    .action(() => dispatch('worker', {}));
}
