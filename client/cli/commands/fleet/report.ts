import { type Command, Option } from 'commander';
import * as z from 'zod';
import { markdownText } from '../../../../contracts/text.js';
import type { FleetReport, ReportedMember } from '../../../fleets/report.js';
import type { CliDeps } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { formatBetween, formatSpan, oneLine } from '../../io/text.js';
import type { Parsing } from '../../options/command-table.js';
import { aboutOneFleet, fleetNamed, FleetOptions } from '../../options/fleet.js';
import { cliCommand } from '../../options/parse-options.js';
import { auditEntryText, countsText } from '../../render/fleet.js';

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

/** What a report can be written as. */
export const REPORT_FORMATS = ['md', 'csv', 'json'] as const;

type Column = readonly [string, (member: ReportedMember) => string | number | null];

const FACTS: readonly Column[] = [
  ['instance', ({ instanceId }) => instanceId],
  ['name', ({ name }) => name],
  ['zone', ({ az }) => az],
  ['wave number', ({ wave }) => wave + 1],
  ['outcome', ({ state }) => state],
  ['image before', ({ imageBefore }) => imageBefore],
  ['image planned', ({ imageId }) => imageId],
  ['image after', ({ imageAfter }) => imageAfter],
  ['backup', ({ backupImageId }) => backupImageId],
  ['started', ({ startedAt }) => startedAt],
  ['finished', ({ finishedAt }) => finishedAt],
];

const LAST: readonly Column[] = [
  ['deviations', ({ deviations }) => deviations.join('; ')],
  ['run', ({ runId }) => runId],
];

/** For people. */
const MARKDOWN_COLUMNS: readonly Column[] = [
  ...FACTS,
  ['took', ({ durationSeconds }) => (durationSeconds === null ? null : formatSpan(durationSeconds * 1000))],
  ...LAST,
];

/** For a spreadsheet, which computes with numbers. */
const CSV_COLUMNS: readonly Column[] = [
  ...FACTS,
  ['duration in seconds', ({ durationSeconds }) => durationSeconds],
  ...LAST,
];

/** A report as lines of Markdown. */
export function renderReportMarkdown({ fleet, auditEntries, members, deviations }: FleetReport): string[] {
  const { fleetId, regionId, status, imageId, planDigest, requestedBy, reason, startedAt, finishedAt } = fleet;
  const { retryOf, rollbackOf, summary, result } = fleet;
  const counts = (result ?? summary)?.counts;
  const facts: [string, string | null][] = [
    ['Outcome', result?.failure === undefined ? status : `${status}: ${result.failure.message}`],
    ['Region', regionId],
    ['Image', imageId],
    ['VMs', counts === undefined ? null : countsText(counts)],
    ['Requested by', requestedBy],
    ['Reason', reason],
    ['Plan digest', planDigest],
    ['Retry of', retryOf],
    ['Rollback of', rollbackOf],
    ['Started', startedAt],
    ['Finished', finishedAt],
    ['Took', finishedAt === null ? null : formatBetween(startedAt, finishedAt)],
  ];
  return [
    `# Fleet ${fleetId}`,
    '',
    ...facts.flatMap(([name, text]) => (text === null ? [] : [`- **${name}:** ${markdownText(text)}`])),
    ...section(
      'Approvals and other acts',
      auditEntries.map((act) => `- ${markdownText(auditEntryText(act))}`),
    ),
    ...section(
      'Deviations from the plan',
      deviations.map((text) => `- ${markdownText(text)}`),
    ),
    ...section('VMs', [
      `| ${MARKDOWN_COLUMNS.map(([name]) => name).join(' | ')} |`,
      `|${MARKDOWN_COLUMNS.map(() => ' --- |').join('')}`,
      ...members.map(
        (member) => `| ${MARKDOWN_COLUMNS.map(([, read]) => markdownText(String(read(member) ?? ''))).join(' | ')} |`,
      ),
    ]),
  ];
}

/** The VMs of a report as lines of CSV (RFC 4180, without the line ends). */
export function renderReportCsv({ members }: FleetReport): string[] {
  return [
    CSV_COLUMNS.map(([name]) => name).join(','),
    ...members.map((member) => CSV_COLUMNS.map(([, read]) => csvText(read(member))).join(',')),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `## ${title}`, '', ...(lines.length === 0 ? ['None.'] : lines)];
}

/** A spreadsheet takes what begins like a formula for one, in letters of full width too. */
const FORMULA = /^[=+\-@＝＋－＠]/;

/** One cell. A spreadsheet of another locale takes semicolons for commas: they are quoted too. */
function csvText(value: string | number | null): string {
  const text = oneLine(String(value ?? ''));
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

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
