import type { FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { PlanRowsPage } from '../../contracts/fleet/plan-rows.js';

const MOST_ROWS = 1000;
/** Signs of JSON; in UTF-8 they may be three times as many bytes, and Temporal takes no answer over 2 MB. */
const MOST_SIGNS = 500_000;

/** A page of rows from an offset on: as many as one answer may hold, and one at least. Pure. */
export function pageOfRows(rows: readonly FleetRow[], offset: number): PlanRowsPage {
  let end = offset;
  for (let signs = 0; end < rows.length && end - offset < MOST_ROWS; end += 1) {
    signs += JSON.stringify(rows[end]).length;
    if (signs > MOST_SIGNS && end > offset) break;
  }
  return { rows: rows.slice(offset, end), nextOffset: end < rows.length ? end : null };
}
