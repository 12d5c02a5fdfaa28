import type { Command } from 'commander';
import * as z from 'zod';
import { type ScheduleAct, ScheduleId } from '../../../../contracts/fleet/fleet-schedule.js';
import { oneLine } from '../../../../contracts/text.js';
import type { Env } from '../../io/deps.js';
import { type CliCommand, outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { whoAsksFor } from '../../options/vm.js';

/** Options that every command about one schedule has. */
export const ScheduleOptions = z.strictObject({ schedule: ScheduleId, output: z.enum(OUTPUTS) });
export type ScheduleOptions = z.output<typeof ScheduleOptions>;

/** What stands on the command line of `schedule pause` and `resume`. */
export const ScheduleActOptions = ScheduleOptions.extend({ reason: oneLine(512), by: oneLine(128).optional() });
export type ScheduleActOptions = z.output<typeof ScheduleActOptions>;

/** The same for `schedule trigger`, which erases. */
export const ScheduleTriggerOptions = ScheduleActOptions.extend({ plan: z.boolean(), yes: z.boolean().optional() });
export type ScheduleTriggerOptions = z.output<typeof ScheduleTriggerOptions>;

/** Who asks, and why. @throws ReimageInvalidInputError when nothing tells who */
export function actOf({ reason, by }: ScheduleActOptions, env: Env): ScheduleAct {
  return { reason, by: whoAsksFor(by, env, '--by') };
}

/** Adds what every command about one schedule takes, and what it does. */
export function aboutOneSchedule(command: Command, { dispatch }: Parsing, whole: CliCommand): Command {
  return command
    .argument('<schedule>', 'id of the schedule')
    .addOption(outputOption())
    .action((schedule: string, options: object) => dispatch(whole, { schedule, ...options }));
}
