import { markdownText } from '../../../contracts/markdown.js';
import type { FleetReport, ReportedMember } from '../../fleet/report-fleet.js';
import { formatBetween, formatSpan, oneLine } from '../display-text.js';
import { countsText } from './fleet-counts.js';
import { actText } from './render-fleet-result.js';

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

/** For a spreadsheet, which reckons with numbers. */
const CSV_COLUMNS: readonly Column[] = [
  ...FACTS,
  ['duration in seconds', ({ durationSeconds }) => durationSeconds],
  ...LAST,
];

/** A report as lines of Markdown. */
export function renderReportMarkdown({ fleet, acts, members, deviations }: FleetReport): string[] {
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
      acts.map((act) => `- ${markdownText(actText(act))}`),
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
