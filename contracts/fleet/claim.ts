/** What stands in a claim: who has used up what the claim's workflow id names. */
export interface Claim {
  /** First run id of the fleet that has made it; of a firing a text of its own, another one after a reset. */
  readonly holder: string;
  /** The fleet for which it was made. */
  readonly fleetId: string;
}

/** A claim that is to be made. */
export interface ClaimToMake extends Claim {
  /** The workflow id. */
  readonly claimId: string;
  /** Bytes of one payload that the server has to take for what is claimed; absent: it is not asked. */
  readonly payloadBytes?: number;
}
