import { FAILURES } from '../../../contracts/failures.js';
import type { Triggered } from '../../schedule/trigger-schedule.js';
import { refuseIfEmpty } from '../../fleet/refuse-if-empty.js';
import { failureOf, toReimageError } from '../../reimage-errors.js';
import type { CliClient, CliDeps } from '../cli-deps.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OK } from '../exit-codes.js';
import { renderFleetPlan } from '../render-fleet-plan.js';
import { tellFreeze } from '../render-freeze.js';
import type { ScheduleTriggerOptions } from './schedule-options.js';
import { actOf } from './schedule-options.js';

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
    const plan = await client.fleets.plan(spec);
    for (const line of renderFleetPlan(plan)) io.err(line);
    refuseIfEmpty(plan);
    await tellFreeze(client, io);
  }
  if (options.yes === true) return;
  await confirm(spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
}

function refuseUnseen({ schedule, yes }: ScheduleTriggerOptions, io: CliDeps['io']): void {
  const message = `What schedule ${schedule} would do cannot be read here.`;
  if (yes !== true) throw toReimageError(failureOf('Unreadable', `${message} Pass --yes to fire it all the same.`));
  io.err(message);
}
