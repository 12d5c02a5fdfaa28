import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { SimulatorCommandOptions } from '../run-simulator.js';
import { runSimulator } from '../run-simulator.js';

const MORE = `
It behaves like JD Cloud's VM API for one region, so that a rebuild can be rehearsed. It takes the
credentials in JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY, or makes a pair and prints it.

Examples:
  $ reimage simulator --port 8888
  $ reimage simulator --state region.json --scenario faults.json --compress 20`;

/** Defines `reimage simulator`. */
export function defineSimulator(command: Command, { dispatch }: Parsing): void {
  command
    .option('--port <number>', 'port on the loopback interface (default: a free one)')
    .option('--state <file>', 'VMs, images and keys to begin with')
    .option('--scenario <file>', 'faults to inject')
    .option('--compress <factor>', 'how many times faster than JD Cloud transitions run')
    .addHelpText('after', MORE)
    .action((options: object) =>
      dispatch(cliCommand('simulator', SimulatorCommandOptions, runSimulator), { ...options }),
    );
}
