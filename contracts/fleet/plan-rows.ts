import * as z from 'zod';
import { FleetRow } from './fleet-plan.js';

/** Longest that a plan may take to be made; health checks of ten thousand VMs are what takes long. */
export const PLAN_DEADLINE_SECONDS = 3600;

/** A page of a plan's rows, as the query `rows` answers it. `nextOffset` null: the last one. */
export const PlanRowsPage = z.object({ rows: z.array(FleetRow), nextOffset: z.int().nullable() });
export type PlanRowsPage = z.output<typeof PlanRowsPage>;
