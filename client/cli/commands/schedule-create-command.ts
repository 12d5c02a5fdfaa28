import { Option, type Command } from 'commander';
import { OVERLAPS } from '../../../contracts/fleet/fleet-schedule.js';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { neededOption } from '../needed-option.js';
import { outputOption } from '../output-option.js';
import { ScheduleCreateCommandOptions } from '../schedule/create-options.js';
import { runScheduleCreate } from '../schedule/run-schedule-create.js';
import { collect } from './collect.js';

const CREATE_MORE = `
FILE is a fleet (docs/fleet-plan.md). Each firing plans it anew, so that VMs and image are those of that moment, and
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
