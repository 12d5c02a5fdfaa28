import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { RehearseOptions } from '../rehearse/rehearse-options.js';
import { runFleetRehearse } from '../rehearse/run-fleet-rehearse.js';
import { outputOption } from '../output-option.js';
import { collect } from './collect.js';

const MORE = `
FILE is a fleet (YAML or JSON), which is planned first, a plan that \`reimage fleet plan\` has saved, or the id of one.
The VMs of the plan are read from JD Cloud, by JDCLOUD_* as a worker has them, and nothing but read. The same workflows
and worker then move their copies in a simulator, on a Temporal server of this command's own, all on this machine, and
gone at its end. Gates are approved at once; health checks and password references are left out: docs/fleet-rehearse.md.

Exit codes: 0 it would go through, 3 it would end before its time or stand still; 130 you ended it by Ctrl-C.

Examples:
  $ reimage fleet rehearse web.yaml
  $ reimage fleet rehearse web-plan.json --fail 3 --seed 7
  $ reimage fleet rehearse web-plan.json --fail-az cn-north-1b --output json`;

/** Defines `reimage fleet rehearse`. */
export function defineFleetRehearse(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<file>', 'fleet file, plan that was saved, or the id of a plan')
    .option('--fail <number>', 'so many VMs fail: they do not come back after their rebuild')
    .option('--fail-az <zones>', 'all VMs of these zones fail, with commas between them; may be repeated', collect)
    .option('--fail-vm <ids>', 'these VMs fail, with commas between them; may be repeated', collect)
    .option('--seed <number>', 'chooses the VMs of --fail; the same seed chooses the same', '1')
    .option('--compress <factor>', 'how many times faster than JD Cloud it runs, 1 to 100', '20')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((file: string, options: object) =>
      dispatch(cliCommand('fleet rehearse', RehearseOptions, runFleetRehearse), { file, ...options }),
    );
}
