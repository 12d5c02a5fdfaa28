import * as z from 'zod';
import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { FleetOptions, fleetNamed } from './fleet-options.js';
import { renderReportCsv, renderReportMarkdown, REPORT_FORMATS } from './report-formats.js';

/** What stands on the command line of `fleet report`. */
export const FleetReportOptions = FleetOptions.extend({ format: z.enum(REPORT_FORMATS) });
export type FleetReportOptions = z.output<typeof FleetReportOptions>;

/** Writes what is to be known of a fleet for change management on stdout. @throws ReimageError */
export async function runFleetReport(options: FleetReportOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const report = await client.fleets.report(named);
  const format = options.output === 'json' ? 'json' : options.format;
  if (format === 'json') io.out(JSON.stringify(report));
  else for (const line of (format === 'md' ? renderReportMarkdown : renderReportCsv)(report)) io.out(line);
  return OK;
}
