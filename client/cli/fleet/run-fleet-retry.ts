import type { CliDeps } from '../cli-deps.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OK } from '../exit-codes.js';
import { renderFleetPlan } from '../render-fleet-plan.js';
import { tellFreeze } from '../render-freeze.js';
import { fleetNamed } from './fleet-options.js';
import type { FollowUpOptions } from './follow-up-options.js';
import { followUpOf } from './follow-up-options.js';
import { nothingToDo } from './nothing-to-do.js';
import { renderOnWayBack } from './render-fleet-rollback.js';
import { reportFleetStarted } from './report-fleet-started.js';

/** Plans what a fleet has left, shows it, asks, starts, follows. @throws ReimageError */
export async function runFleetRetry(options: FollowUpOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const { output, dryRun } = options;
  const mustAsk = options.yes !== true && dryRun !== true;
  if (mustAsk) requireConfirmer(deps, ', or --dry-run to look first');
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  io.err('looking at what is left; nothing is touched');
  const { plan, retryOf, leftOut } = await client.fleets.planRetry(named, followUpOf(options, deps));
  const show = dryRun === true && output === 'text' ? io.out : io.err;
  const head = `Takes up what fleet ${retryOf} has left.`;
  const back = renderOnWayBack(leftOut, { fleetId: retryOf, regionId: plan.spec.regionId });
  for (const line of [head, ...renderFleetPlan(plan), ...back]) show(line);
  if (dryRun === true) {
    if (output === 'json') io.out(JSON.stringify({ retryOf, plan, leftOut }));
    return OK;
  }
  const nothing = nothingToDo(plan, output, io);
  if (nothing !== null) return nothing;
  await tellFreeze(client, io);
  if (mustAsk) await confirm(plan.spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
  const fleet = await client.fleets.start(plan, { retryOf, replan: mustAsk });
  return await reportFleetStarted(client, fleet, options, deps);
}
