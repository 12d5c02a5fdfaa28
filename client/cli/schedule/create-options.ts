import * as z from 'zod';
import { type FleetSchedule, type FleetScheduleInput, OVERLAPS } from '../../../contracts/fleet/fleet-schedule.js';
import type { FleetSpec } from '../../../contracts/fleet/fleet-spec.js';
import { AskedSchedule } from '../../asked.js';
import { parseInput } from '../../parse-input.js';
import { ReimageInvalidInputError } from '../../reimage-errors.js';
import { withoutUndefined } from '../../without-undefined.js';
import { Duration } from '../../duration.js';
import { firstWordOf, namingOptions } from '../naming-options.js';
import { OUTPUTS } from '../output-option.js';

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
