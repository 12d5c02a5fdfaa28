import type * as z from 'zod';
import { FleetSchedule } from '../../contracts/fleet/fleet-schedule.js';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { oneVmValues } from '../../contracts/fleet/one-vm-values.js';
import { readLaunchScript } from '../../contracts/launch-script.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';

/*
 * What callers may ask for. Stricter than what workflows read: histories hold requests of before, which have to be read
 * still. A worker judges the same once more, before it touches anything.
 */

/** A rebuild, as the library and the command line take it. */
export const AskedRebuild = RebuildRequest.superRefine(({ userdata }, context) =>
  refuseUserdata(userdata, [], context),
);

/** A fleet, as a file, the library and the command line describe it. */
export const AskedFleet = FleetSpec.superRefine((spec, context) => refuseFleet(spec, [], context));

/** A schedule, whose fleet is one. */
export const AskedSchedule = FleetSchedule.superRefine(({ fleet }, context) => refuseFleet(fleet, ['fleet'], context));

type Path = readonly (string | number)[];
type Context = z.core.$RefinementCtx<unknown>;

function refuseFleet(spec: FleetSpec, path: Path, context: Context): void {
  const ofTemplate = [...path, 'rebuild'];
  refuseUserdata(spec.rebuild.userdata, ofTemplate, context);
  if (!isCertainlyMany(spec)) return;
  for (const value of oneVmValues(spec.rebuild)) {
    context.addIssue({ code: 'custom', path: [...ofTemplate, ...value.path], message: value.message });
  }
}

function refuseUserdata(userdata: RebuildRequest['userdata'], path: Path, context: Context): void {
  const value = userdata?.[0]?.value;
  const script = value === undefined ? null : readLaunchScript(value);
  if (script === null || !('problem' in script)) return;
  context.addIssue({ code: 'custom', path: [...path, 'userdata', 0, 'value'], message: script.problem });
}

/** Several ids and no other field: how many they are in all other cases the plan finds out. */
function isCertainlyMany({ select, exclude }: FleetSpec): boolean {
  const { instanceIds = [], ...others } = select;
  const isNarrowed = Object.values(others).some((value) => value !== undefined);
  return exclude === undefined && !isNarrowed && new Set(instanceIds).size > 1;
}
