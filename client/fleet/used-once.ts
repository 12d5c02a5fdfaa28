import { type FleetLock, type FleetRef, planClaimId, retryClaimId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetHolder } from '../../contracts/fleet/fleet-holder.js';
import { readClaim, UNKNOWN } from '../../temporal/claims.js';
import { readFleetLock } from '../../temporal/read-fleet-lock.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { failureOf, ReimageFleetBusyError, type ReimageError, toReimageError } from '../reimage-errors.js';
import { fleetsInIndex } from './fleets-in-index.js';

/**
 * Refuses a plan that was started before. Its claim tells, from the server's own state; where that is past its retention,
 * and the fleet of it is not, the index. The fleet itself looks once more: two may ask here at a time.
 * @throws ReimageError `PlanUsed` · ReimageUnreachableError
 */
export async function refuseIfUsed(context: ClientContext, fleet: FleetRef): Promise<void> {
  const claim = await callTemporal(context, () => readClaim(context.client, planClaimId(fleet)));
  if (claim !== null) throw planUsed(claim.fleetId === UNKNOWN ? fleet : { ...fleet, fleetId: claim.fleetId });
  const started = await fleetsInIndex(context, fleet);
  if (started.some(({ isId }) => isId)) throw planUsed(fleet);
}

/** Refuses to retry a fleet that was retried before, and names the retry. @throws ReimageError `DecisionRefused` · ReimageUnreachableError */
export async function refuseIfRetried(context: ClientContext, { regionId, fleetId }: FleetRef): Promise<void> {
  const claim = await callTemporal(context, () => readClaim(context.client, retryClaimId({ regionId, fleetId })));
  if (claim === null) return;
  const message = `Fleet ${fleetId} was retried before, as fleet ${claim.fleetId}.`;
  if (claim.fleetId === UNKNOWN) throw toReimageError(failureOf('DecisionRefused', message));
  const next = `Take up what that one has left: \`reimage fleet retry ${claim.fleetId} --region ${regionId}\`.`;
  throw toReimageError(failureOf('DecisionRefused', message, next));
}

/**
 * Refuses while another fleet than this one holds the name.
 * @throws ReimageFleetBusyError · ReimageUnreachableError
 */
export async function refuseIfHeldByAnother(context: ClientContext, fleet: FleetRef & FleetLock): Promise<void> {
  const holder = await holderOf(context, fleet);
  if (holder !== null && holder.fleetId !== fleet.fleetId) throw new ReimageFleetBusyError(holder);
}

/** The fleet that holds a name in a region, from the server's own state; null where none runs. @throws ReimageUnreachableError */
export async function holderOf(context: ClientContext, { regionId, name }: FleetLock): Promise<FleetHolder | null> {
  return await callTemporal(context, () => readFleetLock(context.client, { regionId, name }));
}

/** The refusal of a plan that the fleet of this id has used. */
export function planUsed({ fleetId, regionId }: FleetRef): ReimageError {
  const next = `Follow it: \`reimage fleet watch ${fleetId} --region ${regionId}\`. To start again, plan again.`;
  return toReimageError(failureOf('PlanUsed', `The plan was started before, as fleet ${fleetId}.`, next));
}
