import type { CliDeps } from './cli-deps.js';
import { formatSpan } from './display-text.js';

/** What was read for a plan is held to be so for so long. */
const HOLDS_MS = 60_000;

/**
 * Makes a plan that may be acted on. One that took long, since JD Cloud or the workers were away meanwhile, is made again,
 * and only the second is shown: `--yes` was said of a cloud that nobody has seen for minutes.
 */
export async function freshPlan<Plan>(make: () => Promise<Plan>, { io }: Pick<CliDeps, 'io'>): Promise<Plan> {
  const began = io.now().getTime();
  const plan = await make();
  const tookMs = io.now().getTime() - began;
  if (tookMs <= HOLDS_MS) return plan;
  io.err(`that took ${formatSpan(tookMs)}: looking again, since it may be otherwise by now`);
  return await make();
}
