/** The request id of one attempt of a fleet at one of its VMs: it marks the VM, so that no attempt erases twice. */
export function fleetRequestId(fleetId: string, attempt: number): string {
  return `fleet:${fleetId}:${attempt}`;
}

/**
 * Whether a VM's marker was left by this attempt of a fleet or by a later one of the same fleet, rolled back or not.
 * Attempts only grow: a later one is there where the fleet was reset, and lives through what it has done once more.
 */
export function isOfThisAttemptOrLater(marker: string, requestId: string): boolean {
  const [left, asked] = [attemptOf(marker), attemptOf(requestId)];
  return left !== null && asked !== null && left.fleetId === asked.fleetId && left.attempt >= asked.attempt;
}

/** Whether a VM's marker was left by a rebuild of the fleet that this request id is of, in whichever attempt. */
export function isOfSameFleet(marker: string, requestId: string): boolean {
  const [left, asked] = [attemptOf(marker), attemptOf(requestId)];
  return left !== null && asked !== null && left.fleetId === asked.fleetId;
}

/** How often a fleet tries a VM at most, and some. */
const MOST_ATTEMPTS = 20;

/** The request ids of later attempts of the same fleet at the same VM; none for what is no fleet's. */
export function laterAttempts(requestId: string): string[] {
  const asked = attemptOf(requestId);
  if (asked === null) return [];
  return Array.from({ length: MOST_ATTEMPTS }, (_, n) => fleetRequestId(asked.fleetId, asked.attempt + n + 1));
}

function attemptOf(text: string): { readonly fleetId: string; readonly attempt: number } | null {
  const [, fleetId, attempt] = /^fleet:([^:]+):(\d+)(?::rollback-\d+)?$/.exec(text) ?? [];
  return fleetId === undefined ? null : { fleetId, attempt: Number(attempt) };
}
