import { FleetSpec } from '../../../contracts/fleet/fleet-spec.js';
import type { FleetSchedule } from '../../../contracts/fleet/fleet-schedule.js';
import { refuseIfEmpty } from '../../fleet/refuse-if-empty.js';
import { parseFleetFile } from '../../fleet/parse-fleet-file.js';
import { parseInput } from '../../parse-input.js';
import type { ScheduleDetails } from '../../schedule/schedule-state.js';
import { withoutUndefined } from '../../without-undefined.js';
import type { CliClient, CliDeps } from '../cli-deps.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OK } from '../exit-codes.js';
import { textOf } from '../plan-file.js';
import { renderFleetPlan } from '../render-fleet-plan.js';
import { tellUnknownRegion } from '../tell-unknown-region.js';
import { whoAsks } from '../who-asks.js';
import type { ScheduleCreateCommandOptions } from './create-options.js';
import { scheduleOf } from './create-options.js';
import { nextLines, renderScheduleHead } from './render-schedule.js';

/** Shows what a firing would do now and when it will be, asks, creates. @throws ReimageError */
export async function runScheduleCreate(options: ScheduleCreateCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps);
  const schedule = scheduleOf(options, await fleetOf(options, deps));
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
  tellUnknownRegion(spec.regionId, deps);
  const who = requestedBy ?? spec.requestedBy ?? whoAsks(undefined, deps.env);
  return parseInput(FleetSpec, withoutUndefined({ ...spec, requestedBy: who, reason: reason ?? spec.reason }));
}

async function showPlan(client: CliClient, { fleet }: FleetSchedule, { io }: CliDeps): Promise<void> {
  io.err('looking what a firing would do now; nothing is touched');
  const plan = await client.fleets.plan(fleet);
  for (const line of renderFleetPlan(plan)) io.err(line);
  refuseIfEmpty(plan);
  io.err('');
}

function shownLines(shown: ScheduleDetails): string[] {
  return [...renderScheduleHead(shown), ...nextLines(shown.next), ...shown.daylight.map((line) => `warning: ${line}`)];
}
