/** The fleet that holds a name in a region, so that a refusal can be acted on. */
export interface FleetHolder {
  /** The workflow id: the lock. */
  readonly operationId: string;
  readonly runId: string;
  readonly fleetId: string;
  readonly requestedBy: string | null;
  /** The schedule that it is a firing of; null: somebody has started it. */
  readonly scheduleId: string | null;
  /** When it began (ISO 8601, UTC). */
  readonly since: string;
  /** The last status that the server knows of; `waiting` before a worker took it up. */
  readonly status: string;
}

/** The refusal of a start that finds the name taken, in one sentence. */
export function fleetBusyText({ fleetId, requestedBy, scheduleId, since, status }: FleetHolder): string {
  const who = requestedBy ?? 'someone who left no name';
  const how = scheduleId === null ? '' : `, by schedule ${scheduleId}`;
  return `Fleet ${fleetId} is under way since ${since} for ${who}${how}: ${status}.`;
}
