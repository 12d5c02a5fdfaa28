import type { Command } from 'commander';
import { outputOption } from '../output-option.js';

/** Adds what every command about one fleet takes. */
export function aboutOneFleet(command: Command): Command {
  return command
    .argument('<fleet>', 'id of the fleet, or its name: then the one of that name that runs, or ran last')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION, or wherever it is)')
    .addOption(outputOption());
}
