import type { CliDeps } from '../cli-deps.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OK } from '../exit-codes.js';
import { tellFreeze } from '../render-freeze.js';
import { fleetNamed } from './fleet-options.js';
import type { FollowUpOptions } from './follow-up-options.js';
import { followUpOf } from './follow-up-options.js';
import { nothingToDo } from './nothing-to-do.js';
import { renderFleetRollback } from './render-fleet-rollback.js';
import { reportFleetStarted } from './report-fleet-started.js';

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
  const shown = await client.fleets.planRollback(named, followUp);
  const show = dryRun === true && output === 'text' ? io.out : io.err;
  for (const line of renderFleetRollback(shown)) show(line);
  if (dryRun === true) {
    if (output === 'json') io.out(JSON.stringify(shown));
    return OK;
  }
  const nothing = nothingToDo(shown.plan, output, io);
  if (nothing !== null) return nothing;
  await tellFreeze(client, io);
  if (mustAsk)
    await confirm(shown.plan.spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
  // By its id: a name may mean another fleet by now.
  const of = { fleetId: shown.rollbackOf, regionId: shown.plan.spec.regionId };
  const fleet = await client.fleets.rollback(of, { ...followUp, asShown: shown });
  return await reportFleetStarted(client, fleet, options, deps);
}
