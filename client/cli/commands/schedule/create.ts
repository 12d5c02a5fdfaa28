import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type FleetSchedule, type FleetScheduleInput, OVERLAPS } from '../../../../contracts/fleet/fleet-schedule.js';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { AskedSchedule } from '../../../connection/asked.js';
import { ReimageInvalidInputError } from '../../../connection/errors.js';
import { Duration, parseInput, withoutUndefined } from '../../../connection/parse-input.js';
import { parseFleetFile } from '../../../fleets/fleet-file.js';
import { refuseIfEmpty } from '../../../fleets/plan.js';
import type { ScheduleDetails } from '../../../schedules/state.js';
import { confirm, requireConfirmer } from '../../io/confirm.js';
import type { CliClient, CliDeps } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { textOf } from '../../io/plan-file.js';
import { warnUnknownRegion } from '../../io/tell-unknown-region.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { cliCommand, firstWordOf, namingOptions } from '../../options/parse-options.js';
import { collect, neededOption, whoAsks } from '../../options/vm.js';
import { showingLoss } from '../../render/recovery.js';
import { renderFleetPlan } from '../../render/fleet-plan.js';
import { nextLines, renderScheduleHead } from '../../render/schedule.js';

const CREATE_MORE = `
FILE is a fleet (docs/fleets.md). Each firing plans it anew, so that VMs and image are those of that moment, and
reimages it. Shown first are what a firing would do now, and the next ten times that the server says; then it must
be confirmed by typing the id. Until then the schedule is there, and paused. See docs/schedules.md.

Examples:
  $ reimage schedule create web.yaml --cron '0 2 * * 6' --zone Asia/Shanghai
  $ reimage schedule create web.yaml --id web-nightly --at 23:30 --days mon,thu --zone Asia/Shanghai --jitter 5m --yes`;

/** Defines `reimage schedule create`. */
export function defineScheduleCreate(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<file>', 'YAML or JSON file that describes the fleet')
    .addOption(neededOption('--zone <zone>', 'IANA time zone of its times, for example Asia/Shanghai'))
    .option('--id <id>', 'what it is called (default: the name of the fleet)')
    .option('--cron <expression>', 'minute, hour, day of month, month, day of week; may be repeated', collect)
    .option('--at <time>', 'time of day, such as 02:00, instead of --cron')
    .option('--days <weekdays>', 'with --at: on these days of the week, such as sat,sun (default: every day)')
    .option('--jitter <duration>', 'each firing comes up to so much late, another span each time', '0')
    .addOption(
      new Option('--overlap <policy>', 'a firing that is due while the one before still runs')
        .choices(OVERLAPS)
        .default('skip'),
    )
    .option('--catch-up <duration>', 'how late one may begin when the server was away; later ones are missed', '10m')
    .option('--no-pause-on-failure', 'go on firing after a fleet has failed, or was aborted or rejected')
    .option('--paused', 'leave it paused')
    .option('--requested-by <name>', 'who asks (default: as the file says, else USER)')
    .option('--reason <text>', 'why, kept with each fleet (default: as the file says)')
    .option('--no-plan', 'do not show what a firing would do now; that needs a worker')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', CREATE_MORE)
    .action((file: string, options: object) =>
      dispatch(cliCommand('schedule create', ScheduleCreateCommandOptions, runScheduleCreate), { file, ...options }),
    );
}

/** What stands on the command line of `schedule create`. */
export const ScheduleCreateCommandOptions = z.strictObject({
  file: z.string().min(1),
  zone: z.string(),
  id: z.string().optional(),
  cron: z.array(z.string()).optional(),
  at: z.string().optional(),
  days: z.string().optional(),
  jitter: Duration,
  overlap: z.enum(OVERLAPS),
  catchUp: Duration,
  pauseOnFailure: z.boolean(),
  paused: z.boolean().optional(),
  requestedBy: z.string().optional(),
  reason: z.string().optional(),
  plan: z.boolean(),
  yes: z.boolean().optional(),
  output: z.enum(OUTPUTS),
});
export type ScheduleCreateCommandOptions = z.output<typeof ScheduleCreateCommandOptions>;

/** The option behind each field, so that an error names what the person wrote. */
const OPTION_OF: Readonly<Record<string, string>> = {
  id: '--id',
  cron: '--cron or --at',
  calendars: '--at, --days',
  zone: '--zone',
  jitterSeconds: '--jitter',
  catchUpSeconds: '--catch-up',
};

/** The schedule that the options describe. @throws ReimageInvalidInputError naming the option */
export function scheduleOf(options: ScheduleCreateCommandOptions, fleet: FleetSpec): FleetSchedule {
  const { at, days, cron } = options;
  if (days !== undefined && at === undefined) {
    throw new ReimageInvalidInputError('--days goes with --at: a cron expression has days of its own.', 'days');
  }
  const weekdays = days?.split(',').map((day) => day.trim().toLowerCase());
  const written = withoutUndefined({
    id: options.id ?? fleet.name,
    cron,
    calendars: at === undefined ? undefined : [withoutUndefined({ at, weekdays })],
    zone: options.zone,
    jitterSeconds: options.jitter,
    overlap: options.overlap,
    catchUpSeconds: options.catchUp,
    pauseOnFailure: options.pauseOnFailure,
    paused: options.paused ?? false,
    fleet,
  } satisfies Record<keyof Omit<FleetScheduleInput, 'note'>, unknown>);
  return namingOptions(
    () => parseInput(AskedSchedule, written),
    (field) => OPTION_OF[firstWordOf(field)],
  );
}

/** Shows what a firing would do now and when it will be, asks, creates. @throws ReimageError */
export async function runScheduleCreate(options: ScheduleCreateCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps);
  const schedule = scheduleOf(options, await fleetOf(options, deps));
  await using client = await deps.connect();
  if (options.plan) await showPlan(client, schedule, deps);
  const created = await client.schedules.create(schedule, {
    confirm: async (shown) => {
      for (const line of shownLines(shown)) io.err(line);
      if (mustAsk)
        await confirm(schedule.id, `let it erase system disks at these times`, deps, 'the id of the schedule');
      return true;
    },
  });
  const { scheduleId, paused } = created;
  if (options.output === 'json') io.out(JSON.stringify(created));
  else
    io.out(
      `created: schedule ${scheduleId}${paused ? ', paused' : ''}. See it: reimage schedule describe ${scheduleId}`,
    );
  return OK;
}

async function fleetOf({ file, requestedBy, reason }: ScheduleCreateCommandOptions, deps: CliDeps): Promise<FleetSpec> {
  const spec = parseFleetFile(await textOf(file, deps.io), file);
  warnUnknownRegion(spec.regionId, deps);
  const who = requestedBy ?? spec.requestedBy ?? whoAsks(undefined, deps.env);
  return parseInput(FleetSpec, withoutUndefined({ ...spec, requestedBy: who, reason: reason ?? spec.reason }));
}

async function showPlan(client: CliClient, { fleet }: FleetSchedule, { io }: CliDeps): Promise<void> {
  io.err('looking what a firing would do now; nothing is touched');
  const plan = await client.fleets.plan(fleet);
  for (const line of renderFleetPlan(plan)) showingLoss(io, 'err')(line);
  refuseIfEmpty(plan);
  io.err('');
}

function shownLines(shown: ScheduleDetails): string[] {
  return [...renderScheduleHead(shown), ...nextLines(shown.next), ...shown.daylight.map((line) => `warning: ${line}`)];
}
