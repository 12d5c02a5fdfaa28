import { activityInfo } from '@temporalio/activity';
import type { Claim, ClaimToMake } from '../../contracts/fleet/claim.js';
import type { FleetHolder } from '../../contracts/fleet/fleet-holder.js';
import type { FleetLock } from '../../contracts/fleet/fleet-ids.js';
import { askServer } from '../ask-server.js';
import { failure } from '../failure.js';
import type { FleetNamespace } from './fleet-namespace.js';

export interface ClaimDeps {
  readonly namespace: Pick<FleetNamespace, 'claim' | 'fleetHolder' | 'takesPayload'>;
}

/** Asks the server for whom a name is held and what is used up. Touches no VM. */
export function createClaimActivities({ namespace }: ClaimDeps) {
  return {
    /**
     * Makes a claim, or finds whose it is. Safe to repeat: whoever made it before finds its own holder in it.
     * @throws ApplicationFailure TemporalUnreachable (retryable): that nobody could be asked is no claim · ServerLimit: the
     * server would not take what the fleet hands on when it continues as new, and would end it in the middle of its VMs
     */
    async makeClaim(claim: ClaimToMake): Promise<Claim> {
      const { payloadBytes = 0 } = claim;
      const takes = await askServer('tell how much the server takes', () => namespace.takesPayload(payloadBytes));
      if (!takes) throw failure('ServerLimit', tooLittleText(payloadBytes));
      return await askServer('lay claim to the plan', () => namespace.claim(claim, activityInfo().taskQueue));
    },

    /** The fleet that holds a name in a region; null where none runs. @throws ApplicationFailure TemporalUnreachable (retryable) */
    readFleetHolder: (lock: FleetLock): Promise<FleetHolder | null> =>
      askServer('tell which fleet holds the name', () => namespace.fleetHolder(lock)),
  };
}

function tooLittleText(bytes: number): string {
  return `The fleet needs payloads of ${bytes} bytes, and the Temporal server takes no such (limit.blobSize.error). Nothing was touched. Make several fleets of it, or raise the limit.`;
}
