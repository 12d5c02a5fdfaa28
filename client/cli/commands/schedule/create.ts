import type { Command } from 'commander';
import * as z from 'zod';
import { type FleetSchedule, OVERLAPS } from '../../../../contracts/fleet/fleet-schedule.js';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { AskedSchedule } from '../../../connection/asked.js';
import { ReimageInvalidInputError } from '../../../connection/errors.js';
import { Duration, parseInput, withoutUndefined } from '../../../connection/parse-input.js';
import { parseFleetFile } from '../../../fleets/fleet-file.js';
import { refuseIfEmpty } from '../../../fleets/plan.js';
import type { ScheduleDetails } from '../../../schedules/state.js';
import { type CliClient, type CliDeps, warnUnknownRegion } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { textOf } from '../../io/plan-file.js';
import { beforeBegun, confirm, requireConfirmer } from '../../io/terminal.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import {
  addOptions,
  cliCommand,
  fieldsOf,
  firstWordOf,
  namingOptions,
  optionFor,
  type OptionRows,
  shapeOf,
} from '../../options/parse-options.js';
import { whoAsks } from '../../options/vm.js';
import { renderFleetPlan } from '../../render/fleet-plan.js';
import { showingLoss } from '../../render/recovery.js';
import { nextLines, renderScheduleHead } from '../../render/schedule.js';

const CREATE_MORE = `
FILE is a fleet (docs/fleets.md). Each firing plans it anew, so that VMs and image are those of that moment, and
reimages it. Shown first are what a firing would do now, and the next ten times that the server says; then it must
be confirmed by typing the id. Until then the schedule is there, and paused. See docs/schedules.md.

Examples:
  $ reimage schedule create web.yaml --cron '0 2 * * 6' --zone Asia/Shanghai
  $ reimage schedule create web.yaml --id web-nightly --at 23:30 --days mon,thu --zone Asia/Shanghai --jitter 5m --yes`;

/** The options of `reimage schedule create`, in the order of its help. */
const ROWS = {
  zone: {
    value: '<zone>',
    help: 'IANA time zone of its times, for example Asia/Shanghai',
    takes: z.string(),
    isNeeded: true,
    field: 'zone',
  },
  id: {
    value: '<id>',
    help: 'what it is called (default: the name of the fleet)',
    takes: z.string().optional(),
    field: 'id',
  },
  cron: {
    value: '<expression>',
    help: 'minute, hour, day of month, month, day of week; may be repeated',
    takes: z.array(z.string()).optional(),
    mayRepeat: true,
    field: 'cron',
    from: '--cron or --at',
  },
  at: {
    value: '<time>',
    help: 'time of day, such as 02:00, instead of --cron',
    takes: z.string().optional(),
  },
  days: {
    value: '<weekdays>',
    help: 'with --at: on these days of the week, such as sat,sun (default: every day)',
    takes: z.string().optional(),
  },
  jitter: {
    value: '<duration>',
    help: 'each firing comes up to so much late, another span each time',
    takes: Duration,
    default: '0',
    field: 'jitterSeconds',
  },
  overlap: {
    value: '<policy>',
    help: 'a firing that is due while the one before still runs',
    takes: z.enum(OVERLAPS),
    choices: OVERLAPS,
    default: 'skip',
    field: 'overlap',
  },
  catchUp: {
    value: '<duration>',
    help: 'how late one may begin when the server was away; later ones are missed',
    takes: Duration,
    default: '10m',
    field: 'catchUpSeconds',
  },
  pauseOnFailure: {
    help: 'go on firing after a fleet has failed, or was aborted or rejected',
    takes: z.boolean(),
    isNegated: true,
    field: 'pauseOnFailure',
  },
  paused: { help: 'leave it paused', takes: z.boolean().optional(), field: 'paused' },
  requestedBy: {
    alias: '--by',
    value: '<name>',
    help: 'who asks (default: as the file says, else USER)',
    takes: z.string().optional(),
  },
  reason: {
    value: '<text>',
    help: 'why, kept with each fleet (default: as the file says)',
    takes: z.string().optional(),
  },
  plan: { help: 'do not show what a firing would do now; that needs a worker', takes: z.boolean(), isNegated: true },
  yes: { help: 'do not ask for confirmation', takes: z.boolean().optional() },
} satisfies OptionRows;

/** What stands on the command line of `schedule create`. */
export const ScheduleCreateCommandOptions = z.strictObject({
  file: z.string().min(1),
  output: z.enum(OUTPUTS),
  ...shapeOf(ROWS),
});
export type ScheduleCreateCommandOptions = z.output<typeof ScheduleCreateCommandOptions>;

/** Defines `reimage schedule create`. */
export function defineScheduleCreate(command: Command, { dispatch }: Parsing): void {
  command.argument('<file>', 'YAML or JSON file that describes the fleet');
  addOptions(command, ROWS)
    .addOption(outputOption())
    .addHelpText('after', CREATE_MORE)
    .action((file: string, options: object) =>
      dispatch(cliCommand('schedule create', ScheduleCreateCommandOptions, runScheduleCreate), { file, ...options }),
    );
}

/** The schedule that the options describe. @throws ReimageInvalidInputError naming the option */
export async function scheduleOf(
  options: ScheduleCreateCommandOptions,
  fleet: FleetSpec,
  deps: CliDeps,
): Promise<FleetSchedule> {
  const { at, days } = options;
  if (days !== undefined && at === undefined) {
    throw new ReimageInvalidInputError('--days goes with --at: a cron expression has days of its own.', 'days');
  }
  const weekdays = days?.split(',').map((day) => day.trim().toLowerCase());
  const written = {
    id: fleet.name,
    ...(await fieldsOf(ROWS, options, deps)),
    ...(at !== undefined && { calendars: [withoutUndefined({ at, weekdays })] }),
    fleet,
  };
  return namingOptions(
    () => parseInput(AskedSchedule, written),
    (field) => (firstWordOf(field) === 'calendars' ? '--at, --days' : optionFor(ROWS, field)),
  );
}

/** Shows what a firing would do now and when it will be, asks, creates. @throws ReimageError */
export async function runScheduleCreate(options: ScheduleCreateCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps);
  const schedule = await scheduleOf(options, await fleetOf(options, deps), deps);
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
  const plan = await beforeBegun(io, (signal) => client.fleets.plan(fleet, { signal }));
  for (const line of renderFleetPlan(plan)) showingLoss(io, 'err')(line);
  refuseIfEmpty(plan);
  io.err('');
}

function shownLines(shown: ScheduleDetails): string[] {
  return [...renderScheduleHead(shown), ...nextLines(shown.next), ...shown.daylight.map((line) => `warning: ${line}`)];
}
