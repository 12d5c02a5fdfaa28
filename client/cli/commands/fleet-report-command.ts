import { Option, type Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { REPORT_FORMATS } from '../fleet/report-formats.js';
import { FleetReportOptions, runFleetReport } from '../fleet/run-fleet-report.js';
import { aboutOneFleet } from './fleet-arguments.js';

const REPORT_MORE = `
For change management: who, the plan's digest, approvals and other acts, and of each VM its name, images, outcome,
backup, times, duration and everything that is not as planned. CSV holds the VMs alone. Needs a worker; what rebuilds
said in detail is told as long as the namespace keeps them.

Examples:
  $ reimage fleet report web-2026-12
  $ reimage fleet report web-2026-12-1f0c53d5 --format csv`;

/** Defines `reimage fleet report`. */
export function defineFleetReport(command: Command, { dispatch }: Parsing): void {
  aboutOneFleet(command)
    .addOption(new Option('--format <format>', 'what it is written as').choices(REPORT_FORMATS).default('md'))
    .addHelpText('after', REPORT_MORE)
    .action((name: string, options: object) =>
      dispatch(cliCommand('fleet report', FleetReportOptions, runFleetReport), { fleet: name, ...options }),
    );
}
