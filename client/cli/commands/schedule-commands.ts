import { Option, type Command } from 'commander';
import { OVERLAPS } from '../../../contracts/fleet/fleet-schedule.js';
import type { CommandName, Dispatch } from '../command-names.js';
import { neededOption } from '../needed-option.js';
import { outputOption } from '../output-option.js';
import { collect } from './collect.js';

const CREATE_MORE = `
FILE is a fleet (docs/fleet-plan.md). Each firing plans it anew, so that VMs and image are those of that moment, and
reimages it. Shown first are what a firing would do now, and the next ten times that the server says; then it must
be confirmed by typing the id. Until then the schedule is there, and paused. See docs/schedules.md.

Examples:
  $ reimage schedule create web.yaml --cron '0 2 * * 6' --zone Asia/Shanghai
  $ reimage schedule create web.yaml --id web-nightly --at 23:30 --days mon,thu --zone Asia/Shanghai --jitter 5m --yes`;

const LIST_MORE = `
FIRED are firings that were started, MISSED those that were due while the server was away for too long, SKIPPED those
that were due while the one before still ran.

Example:
  $ reimage schedule list --output json`;

const NEXT_MORE = `
By the server's own reckoning; of a schedule that is paused, those at which it would fire.

Example:
  $ reimage schedule next web-nightly --count 20`;

const TRIGGER_MORE = `
Shown first is what the firing would do now, as by \`reimage fleet plan\`; then the name of the fleet must be typed, unless
--yes. While the firing before still runs it is skipped (exit code 5), or waits for it, by the overlap policy.

Example:
  $ reimage schedule trigger web-nightly --reason "ticket 4711"`;

const DELETE_MORE = `
Fleets that it has started go on. The id must be typed, unless --yes.

Example:
  $ reimage schedule delete web-nightly --yes`;

/** The commands of schedules. */
export function addScheduleCommands(parent: Command, dispatch: Dispatch): void {
  const schedule = parent.command('schedule').description('Reimage a fleet again and again, at times that you say');
  addCreate(schedule, dispatch);
  schedule
    .command('list')
    .description('List schedules, with what they have missed and skipped')
    .addOption(outputOption())
    .addHelpText('after', LIST_MORE)
    .action((options: object) => dispatch('schedule list', { ...options }));
  aboutOne(schedule, dispatch, 'schedule describe', 'Show a schedule, its last firings and its next times').addHelpText(
    'after',
    '\nExample:\n  $ reimage schedule describe web-nightly',
  );
  for (const [command, description, more] of [
    ['schedule pause', 'Let a schedule fire no more; fleets that it has started go on', 'Ends by `schedule resume`.'],
    [
      'schedule resume',
      'Let a schedule fire again, also one that a failure has paused',
      'What was due meanwhile is not made up for.',
    ],
  ] as const) {
    const [, name] = command.split(' ');
    aboutOne(schedule, dispatch, command, description)
      .addOption(neededOption('--reason <text>', 'why; becomes the note of the schedule, which is not encrypted'))
      .option('--by <name>', 'who asks (default: USER)')
      .addHelpText('after', `\n${more}\n\nExample:\n  $ reimage schedule ${name} web-nightly --reason "storage works"`);
  }
  addTrigger(schedule, dispatch);
  aboutOne(schedule, dispatch, 'schedule delete', 'Delete a schedule')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', DELETE_MORE);
  aboutOne(schedule, dispatch, 'schedule next', 'Show the next times of a schedule')
    .option('--count <number>', 'how many', '10')
    .addHelpText('after', NEXT_MORE);
}

function addTrigger(schedule: Command, dispatch: Dispatch): void {
  aboutOne(schedule, dispatch, 'schedule trigger', 'Fire a schedule now, also one that is paused')
    .requiredOption('--reason <text>', 'why; is told by the firing, not encrypted')
    .option('--by <name>', 'who asks (default: USER)')
    .option('--no-plan', 'do not show what a firing would do now; that needs a worker')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', TRIGGER_MORE);
}

function addCreate(schedule: Command, dispatch: Dispatch): void {
  schedule
    .command('create')
    .description('Create a schedule')
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
    .action((file: string, options: object) => dispatch('schedule create', { file, ...options }));
}

function aboutOne(parent: Command, dispatch: Dispatch, command: CommandName, description: string): Command {
  const [, name = ''] = command.split(' ');
  return parent
    .command(name)
    .description(description)
    .argument('<schedule>', 'id of the schedule')
    .addOption(outputOption())
    .action((schedule: string, options: object) => dispatch(command, { schedule, ...options }));
}
