import * as z from 'zod';
import { Assumptions } from './assumptions.js';
import { FaultRule } from './fault-rule.js';
import { Timing } from './timing.js';

/** What a rehearsal goes through: faults, timing and assumptions. What is absent keeps its default. */
export const Scenario = z.strictObject({
  description: z.string().default(''),
  faults: z.array(FaultRule).default([]),
  timing: Timing.prefault({}),
  /** Divides all times. */
  compress: z.number().positive().default(1),
  assumptions: Assumptions.prefault({}),
});
/** A scenario as written: fields with defaults may be absent. */
export type Scenario = z.input<typeof Scenario>;
