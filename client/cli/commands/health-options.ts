import type { Command } from 'commander';
import { collect } from './collect.js';

/** Adds the options for health checks. */
export function addHealthOptions(command: Command): Command {
  return command
    .optionsGroup('Health checks, made from the worker once the VM runs:')
    .option('--health <check>', 'tcp:PORT, tcp:HOST:PORT, a URL, or "exec:PROGRAM ARG ..."; may be repeated', collect)
    .option('--health-file <file>', 'JSON array of checks, for all that --health cannot say')
    .option('--health-interval <duration>', 'pause between two looks of each --health (default: 5s)')
    .option('--health-timeout <duration>', 'longest that one look may take (default: 5s)')
    .option('--health-successes <number>', 'looks in a row that must be good (default: 2)')
    .option('--health-deadline <duration>', 'when a check has failed (default: 5m)')
    .option('--require-healthy-before', 'refuse a VM that fails the checks before anything is touched');
}
