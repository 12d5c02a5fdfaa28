import type { Command } from 'commander';
import * as z from 'zod';
import { InstanceId } from '../../../../contracts/ids.js';
import { oneLine as OneLine } from '../../../../contracts/text.js';
import type { FollowUp } from '../../../fleets/follow-up.js';
import type { CliDeps } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { beforeBegun, confirm, requireConfirmer } from '../../io/terminal.js';
import type { Parsing } from '../../options/command-table.js';
import { aboutOneFleet, fleetNamed, FleetOptions } from '../../options/fleet.js';
import { cliCommand } from '../../options/parse-options.js';
import { whoAsks } from '../../options/vm.js';
import { renderFleetPlan } from '../../render/fleet-plan.js';
import { renderFleetRollback, renderOnWayBack } from '../../render/fleet.js';
import { showingLoss } from '../../render/recovery.js';
import { reportFreeze } from '../freeze.js';
import { nothingToDo, reportFleetStarted } from './start.js';

const RETRY_MORE = `
A new fleet of exactly the VMs that failed, were rolled back or cancelled, or were never started, onto the same image
by the same policy. It is planned anew, so that what has changed is seen. VMs that somebody has skipped, and those that
were deleted, are left out. While the fleet still runs, \`fleet retry-failed\` is meant (exit code 5). A fleet is retried
once: then its retry is, which is named (exit code 5).

Examples:
  $ reimage fleet retry web-2026-12 --dry-run
  $ reimage fleet retry web-2026-12 --reason "quota raised"`;

const ROLLBACK_MORE = `
A new fleet of the VMs that the old one has moved and that still have its image: each onto its backup, or onto its
former image where there is none, by the same policy. It goes after the end of the fleet, and of its retry (exit code 5):
one that is paused, or waits at a gate, has to be aborted first.

Examples:
  $ reimage fleet rollback web-2026-12 --dry-run
  $ reimage fleet rollback web-2026-12 --reason "logins fail" --yes --detach`;

/** Defines `reimage fleet retry`. */
export function defineFleetRetry(command: Command, { dispatch }: Parsing): void {
  addFollowUpOptions(command)
    .addHelpText('after', RETRY_MORE)
    .action((of: string, options: object) =>
      dispatch(cliCommand('fleet retry', FollowUpOptions, runFleetRetry), { fleet: of, ...options }),
    );
}

/** Defines `reimage fleet rollback`. */
export function defineFleetRollback(command: Command, { dispatch }: Parsing): void {
  addFollowUpOptions(command)
    .addHelpText('after', ROLLBACK_MORE)
    .action((of: string, options: object) =>
      dispatch(cliCommand('fleet rollback', FollowUpOptions, runFleetRollback), { fleet: of, ...options }),
    );
}

function addFollowUpOptions(command: Command): Command {
  return aboutOneFleet(command)
    .option('--by, --requested-by <name>', 'who asks (default: USER)')
    .option('--reason <text>', 'why, kept with the new fleet')
    .option('--exclude-ids <ids>', 'VMs that are left alone, such as those that there are no more; commas between them')
    .option('--dry-run', 'show what would be done; touch nothing')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation');
}

/** What stands on the command line of `fleet retry` and `fleet rollback`. */
export const FollowUpOptions = FleetOptions.extend({
  requestedBy: OneLine(128).optional(),
  reason: OneLine(512).optional(),
  excludeIds: z
    .string()
    .transform((ids) => ids.split(',').map((id) => id.trim()))
    .pipe(z.array(InstanceId))
    .optional(),
  dryRun: z.boolean().optional(),
  yes: z.boolean().optional(),
  detach: z.boolean().optional(),
});
export type FollowUpOptions = z.output<typeof FollowUpOptions>;

/** Who asks, and why. */
export function followUpOf({ requestedBy, reason, excludeIds }: FollowUpOptions, { env }: CliDeps): FollowUp {
  const who = whoAsks(requestedBy, env);
  return {
    ...(who !== undefined && { requestedBy: who }),
    ...(reason !== undefined && { reason }),
    ...(excludeIds !== undefined && { excludeIds }),
  };
}

/** Plans what a fleet has left, shows it, asks, starts, follows. @throws ReimageError */
export async function runFleetRetry(options: FollowUpOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const { output, dryRun } = options;
  const mustAsk = options.yes !== true && dryRun !== true;
  if (mustAsk) requireConfirmer(deps, ', or --dry-run to look first');
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  io.err('looking at what is left; nothing is touched');
  const { plan, retryOf, leftOut } = await beforeBegun(io, (signal) =>
    client.fleets.planRetry(named, { ...followUpOf(options, deps), signal }),
  );
  const show = showingLoss(io, dryRun === true && output === 'text' ? 'out' : 'err');
  const head = `Takes up what fleet ${retryOf} has left.`;
  const back = renderOnWayBack(leftOut, { fleetId: retryOf, regionId: plan.spec.regionId });
  for (const line of [head, ...renderFleetPlan(plan), ...back]) show(line);
  if (dryRun === true) {
    if (output === 'json') io.out(JSON.stringify({ retryOf, plan, leftOut }));
    return OK;
  }
  const nothing = nothingToDo(plan, output, io);
  if (nothing !== null) return nothing;
  await reportFreeze(client, io);
  if (mustAsk) await confirm(plan.spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
  const fleet = await client.fleets.start(plan, { retryOf, replan: mustAsk });
  return await reportFleetStarted(client, fleet, options, deps);
}

/** Shows how a fleet would be taken back, asks, starts, follows. @throws ReimageError */
export async function runFleetRollback(options: FollowUpOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const { output, dryRun } = options;
  const mustAsk = options.yes !== true && dryRun !== true;
  if (mustAsk) requireConfirmer(deps, ', or --dry-run to look first');
  const named = fleetNamed(options, deps);
  const followUp = followUpOf(options, deps);
  await using client = await deps.connect();
  io.err('looking at what can be put back; nothing is touched');
  const shown = await beforeBegun(io, (signal) => client.fleets.planRollback(named, { ...followUp, signal }));
  const show = showingLoss(io, dryRun === true && output === 'text' ? 'out' : 'err');
  for (const line of renderFleetRollback(shown)) show(line);
  if (dryRun === true) {
    if (output === 'json') io.out(JSON.stringify(shown));
    return OK;
  }
  const nothing = nothingToDo(shown.plan, output, io);
  if (nothing !== null) return nothing;
  await reportFreeze(client, io);
  if (mustAsk)
    await confirm(shown.plan.spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
  // By its id: a name may mean another fleet by now.
  const of = { fleetId: shown.rollbackOf, regionId: shown.plan.spec.regionId };
  const fleet = await client.fleets.rollback(of, { ...followUp, asShown: shown });
  return await reportFleetStarted(client, fleet, options, deps);
}
