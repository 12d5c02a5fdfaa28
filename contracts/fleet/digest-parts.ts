import type { FleetPlan, FleetRow } from './fleet-plan.js';

/** Rows that are digested together: as many as one activity plans, so that what has passed there as a payload does so again. */
const ROWS_A_DIGEST = 100;

/** The rows of a plan in the groups that are digested each for itself: ten thousand of them fit into no payload. */
export function rowGroupsOf({ rows }: Pick<FleetPlan, 'rows'>): FleetRow[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_A_DIGEST) }, (_, group) =>
    rows.slice(group * ROWS_A_DIGEST, (group + 1) * ROWS_A_DIGEST),
  );
}

/** What the digest of a plan is reckoned over: all else in it, with the digests of its groups of rows in place of the rows. */
export function digestedOf(
  { digest: _digest, rows: _rows, ...plan }: FleetPlan,
  rowDigests: readonly string[],
): object {
  return { ...plan, rows: rowDigests };
}
