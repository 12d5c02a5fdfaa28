import type { Command } from 'commander';
import * as z from 'zod';
import { FAILURES } from '../../../../contracts/failures.js';
import { type ScheduleAct, ScheduleId } from '../../../../contracts/fleet/fleet-schedule.js';
import { oneLine } from '../../../../contracts/text.js';
import { failureOf, toReimageError } from '../../../connection/errors.js';
import { refuseIfEmpty } from '../../../fleets/plan.js';
import type { Triggered } from '../../../schedules/change.js';
import type { CliClient, CliDeps, Env } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { beforeBegun, confirm, requireConfirmer } from '../../io/terminal.js';
import { type CliCommand, outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { cliCommand } from '../../options/parse-options.js';
import { whoAsksFor } from '../../options/vm.js';
import { renderFleetPlan } from '../../render/fleet-plan.js';
import { showingLoss } from '../../render/recovery.js';
import { reportFreeze } from '../freeze.js';

const TRIGGER_MORE = `
Shown first is what the firing would do now, as by \`reimage fleet plan\`; then the name of the fleet must be typed, unless
--yes. While the firing before still runs it is skipped (exit code 5), or waits for it, by the overlap policy.

Example:
  $ reimage schedule trigger web-nightly --reason "ticket 4711"`;

/** Defines `reimage schedule trigger`. */
export function defineScheduleTrigger(command: Command, parsing: Parsing): void {
  const trigger = cliCommand('schedule trigger', ScheduleTriggerOptions, runScheduleTrigger);
  aboutOneSchedule(command, parsing, trigger)
    .requiredOption('--reason <text>', 'why; is told by the firing, not encrypted')
    .option('--by <name>', 'who asks (default: USER)')
    .option('--no-plan', 'do not show what a firing would do now; that needs a worker')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', TRIGGER_MORE);
}

const TEXT: Record<Triggered['outcome'], string> = {
  started: 'started',
  skipped: 'skipped: the firing before still runs',
  asked: 'asked for: it waits for the firing before, or the server has not begun it yet',
};

/** Shows what the firing would do, has it confirmed as the start of a fleet is, fires, and says what came of it. @throws ReimageError */
export async function runScheduleTrigger(options: ScheduleTriggerOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const act = actOf(options, deps.env);
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps, ', or look first with `reimage schedule describe`');
  await using client = await deps.connect();
  if (options.plan || mustAsk) await show(client, options, deps);
  const { outcome, operationId } = await client.schedules.trigger(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify({ outcome, scheduleId: options.schedule, operationId }));
  else io.out(`${options.schedule}: ${TEXT[outcome]}${operationId === null ? '' : ` as ${operationId}`}`);
  io.err(`See what becomes of it: reimage schedule describe ${options.schedule}`);
  return outcome === 'skipped' ? FAILURES.OperationInProgress.exitCode : OK;
}

/** @throws ReimageError `NotConfirmed` · `NothingSelected` · `Unreadable` where nobody can be shown what they would confirm */
async function show(client: CliClient, options: ScheduleTriggerOptions, deps: CliDeps): Promise<void> {
  const { io } = deps;
  const { spec } = await client.schedules.describe(options.schedule);
  if (spec === null) return refuseUnseen(options, io);
  if (options.plan) {
    io.err('looking what a firing would do now; nothing is touched');
    const plan = await beforeBegun(io, (signal) => client.fleets.plan(spec, { signal }));
    for (const line of renderFleetPlan(plan)) showingLoss(io, 'err')(line);
    refuseIfEmpty(plan);
    await reportFreeze(client, io);
  }
  if (options.yes === true) return;
  await confirm(spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
}

function refuseUnseen({ schedule, yes }: ScheduleTriggerOptions, io: CliDeps['io']): void {
  const message = `What schedule ${schedule} would do cannot be read here.`;
  if (yes !== true) throw toReimageError(failureOf('Unreadable', `${message} Pass --yes to fire it all the same.`));
  io.err(message);
}

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
