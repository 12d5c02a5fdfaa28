import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../../contracts/fleet/fleet-spec.js';
import { parseFleetFile } from '../../fleets/fleet-file.js';
import { type CliClient, type Io, warnUnknownRegion } from './deps.js';
import { PLAN_ID, readPlanNamed, readSavedPlan, textOf } from './plan-file.js';

/** What is to be started: a fleet that is still to be planned, or a plan that somebody has seen before. */
export type ToStart = { readonly spec: FleetSpec } | { readonly plan: FleetPlan };

/** Reads a fleet file (YAML or JSON), a saved plan (JSON), or a plan by its id. @throws ReimageError */
export async function readToStart(
  named: string,
  connect: () => Promise<CliClient>,
  io: Pick<Io, 'readFile' | 'err'>,
): Promise<ToStart> {
  if (PLAN_ID.test(named)) return { plan: await readPlanNamed(named, connect, io) };
  const text = await textOf(named, io);
  if (isSavedPlan(text)) return { plan: readSavedPlan(text, named) };
  const spec = parseFleetFile(text, named);
  warnUnknownRegion(spec.regionId, { io });
  return { spec };
}

/** A plan tells itself by its digest and its rows. */
function isSavedPlan(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'digest' in value && 'rows' in value;
  } catch {
    return false;
  }
}
