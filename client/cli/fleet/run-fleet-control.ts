import * as z from 'zod';
import type { FleetAct, FleetUpdateName } from '../../../contracts/fleet/fleet-control.js';
import { MAX_FLEET } from '../../../contracts/fleet/amount.js';
import { InstanceId } from '../../../contracts/ids.js';
import { oneLine as OneLine } from '../../../contracts/one-line.js';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import type { CliDeps, CliFleets } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { whoAsksFor } from '../who-asks.js';
import { FleetOptions, fleetNamed, fleetWords } from './fleet-options.js';
import { actText, renderFleet } from './render-fleet-result.js';
import { failedNow, gateMeant, pauseMeant } from './what-is-meant.js';

const number = (least: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(MAX_FLEET))
    .optional();

/** What stands on the command line of an act on a fleet; each command offers what its act takes. */
export const FleetControlOptions = FleetOptions.extend({
  act: z.enum(['pause', 'resume', 'approve', 'reject', 'abort', 'set', 'skip', 'retryFailed']),
  reason: OneLine(512),
  by: OneLine(128).optional(),
  requestId: OneLine(128).optional(),
  now: z.boolean().default(false),
  digest: z.string().optional(),
  gate: OneLine(512).optional(),
  pause: number(1),
  maxUnavailable: number(1),
  maxFailures: number(0),
  maxHeld: number(0),
  vms: z.array(InstanceId).max(MAX_FLEET).optional(),
}).refine((options) => options.act !== 'set' || Object.keys(limitsIn(options)).length > 0, {
  path: ['maxUnavailable'],
  message: 'changes nothing: give --max-unavailable, --max-failures or --max-held',
});
export type FleetControlOptions = z.output<typeof FleetControlOptions>;

/** Does one thing to a fleet, and says that it was done. @throws ReimageError */
export async function runFleetControl(options: FleetControlOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const by = whoAsksFor(options.by, deps.env, '--by');
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (SHOWN.includes(options.act)) for (const line of renderFleet(fleet, io.now())) io.err(line);
  const act = await SENDS[options.act](client.fleets, { fleet, options, who: { by, reason: options.reason }, deps });
  if (options.output === 'json') {
    io.out(JSON.stringify({ outcome: 'taken', fleetId: fleet.fleetId, regionId: fleet.regionId, act }));
  } else io.out(`${fleet.fleetId}: ${actText(act)}`);
  io.err(`Follow it: reimage fleet watch ${fleetWords(fleet)}`);
  return OK;
}

/** Acts that answer what the fleet stands at now: that is shown before. */
const SHOWN: readonly FleetUpdateName[] = ['approve', 'reject', 'resume'];

interface Asked {
  readonly fleet: FleetOperation;
  readonly options: FleetControlOptions;
  readonly who: { readonly by: string; readonly reason: string };
  readonly deps: CliDeps;
}

const SENDS: { readonly [Name in FleetUpdateName]: (fleets: CliFleets, asked: Asked) => Promise<FleetAct> } = {
  pause: (fleets, { fleet, who, options }) => fleets.pause(fleet, who, idOf(options)),
  resume: async (fleets, { fleet, who, options, deps }) => {
    const pause = await pauseMeant(fleet, options.pause, deps);
    return await fleets.resume(fleet, { ...who, pause }, idOf(options));
  },
  // What was shown is what is approved; with --digest, what somebody has shown before.
  approve: async (fleets, { fleet, who, options, deps }) => {
    const gate = await gateMeant(fleet, { gate: options.gate, whatFor: 'open this gate' }, deps);
    const planDigest = options.digest ?? fleet.planDigest;
    return await fleets.approve(fleet, { ...who, planDigest, gate }, idOf(options));
  },
  reject: async (fleets, { fleet, who, options, deps }) => {
    const gate = await gateMeant(fleet, { gate: options.gate, whatFor: 'end the fleet at this gate' }, deps);
    return await fleets.reject(fleet, { ...who, gate }, idOf(options));
  },
  abort: (fleets, { fleet, who, options }) => fleets.abort(fleet, { ...who, now: options.now }, idOf(options)),
  set: (fleets, { fleet, who, options }) => fleets.set(fleet, { ...who, ...limitsIn(options) }, idOf(options)),
  skip: (fleets, { fleet, who, options }) =>
    fleets.skip(fleet, { ...who, instanceIds: options.vms ?? [] }, idOf(options)),
  retryFailed: async (fleets, { fleet, who, options, deps }) => {
    const named = options.vms ?? [];
    const instanceIds = named.length > 0 ? named : await failedNow(fleets, fleet, deps);
    return await fleets.retryFailed(fleet, { ...who, instanceIds }, idOf(options));
  },
};

interface Limits {
  readonly maxUnavailable?: number | undefined;
  readonly maxFailures?: number | undefined;
  readonly maxHeld?: number | undefined;
}

function limitsIn({ maxUnavailable, maxFailures, maxHeld }: Limits) {
  return {
    ...(maxUnavailable !== undefined && { maxUnavailable }),
    ...(maxFailures !== undefined && { maxFailures }),
    ...(maxHeld !== undefined && { maxHeld }),
  };
}

function idOf({ requestId }: Pick<FleetControlOptions, 'requestId'>) {
  return requestId === undefined ? {} : { requestId };
}
