import { activityInfo } from '@temporalio/activity';
import type { Claim, ClaimToMake } from '../../contracts/fleet/claim.js';
import type { FleetHolder } from '../../contracts/fleet/fleet-holder.js';
import type { FleetLock } from '../../contracts/fleet/fleet-ids.js';
import { askServer } from '../ask-server.js';
import type { FleetNamespace } from './fleet-namespace.js';

export interface ClaimDeps {
  readonly namespace: Pick<FleetNamespace, 'claim' | 'fleetHolder'>;
}

/** Asks the server for whom a name is held and what is used up. Touches no VM. */
export function createClaimActivities({ namespace }: ClaimDeps) {
  return {
    /**
     * Makes a claim, or finds whose it is. Safe to repeat: whoever made it before finds its own holder in it.
     * @throws ApplicationFailure TemporalUnreachable (retryable): that nobody could be asked is no claim
     */
    makeClaim: (claim: ClaimToMake): Promise<Claim> =>
      askServer('lay claim to the plan', () => namespace.claim(claim, activityInfo().taskQueue)),

    /** The fleet that holds a name in a region; null where none runs. @throws ApplicationFailure TemporalUnreachable (retryable) */
    readFleetHolder: (lock: FleetLock): Promise<FleetHolder | null> =>
      askServer('tell which fleet holds the name', () => namespace.fleetHolder(lock)),
  };
}
