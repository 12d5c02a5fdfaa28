import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { WorkerOptions } from '../run-worker.js';
import { runWorkerCommand } from '../run-worker.js';

const MORE = `
Everything is set by the environment: TEMPORAL_* for the server, JDCLOUD_* for the cloud,
REIMAGE_* for the worker itself. Logs go to stdout as JSON. SIGTERM or Ctrl-C end it gracefully.

Example:
  $ TEMPORAL_ADDRESS=temporal:7233 JDCLOUD_ACCESS_KEY=... JDCLOUD_SECRET_KEY=... reimage worker`;

/** Defines `reimage worker`. */
export function defineWorker(command: Command, { dispatch }: Parsing): void {
  command.addHelpText('after', MORE).action(() => dispatch(cliCommand('worker', WorkerOptions, runWorkerCommand), {}));
}
