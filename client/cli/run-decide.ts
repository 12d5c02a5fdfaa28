import * as z from 'zod';
import { Decision, type DecisionTaken } from '../../contracts/decision.js';
import { heldFor } from '../decide-rebuild.js';
import type { Operation } from '../operation.js';
import { parseInput } from '../parse-input.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { confirm, requireConfirmer } from './confirm.js';
import { oneLine } from './display-text.js';
import { OK } from './exit-codes.js';
import { followAndReport } from './follow.js';
import { renderWhyHeld } from './render-held.js';
import { renderHeldRollback } from './render-rollback.js';
import { showingLoss } from './show-loss.js';
import { VmOptions, vmOf } from './vm-options.js';
import { whoAsksFor } from './who-asks.js';

/** What stands on the command line of `decide`. */
export const DecideOptions = VmOptions.extend({
  decision: Decision.shape.decision,
  reason: Decision.shape.reason,
  by: Decision.shape.by.optional(),
  yes: z.boolean().optional(),
});
export type DecideOptions = z.output<typeof DecideOptions>;

/** What a person confirms by typing the VM id; the other decisions are not confirmed. */
const CONFIRMED: Partial<Record<Decision['decision'], string>> = {
  rollback: 'have its system disk erased and put back',
  accept: 'take it as it is',
};

/** Shows what a rebuild is held for, asks, decides, and follows it to its end. @throws ReimageError */
export async function runDecide(options: DecideOptions, deps: CliDeps): Promise<number> {
  const { decision, reason } = options;
  const vm = vmOf(options, deps);
  const by = whoAsksFor(options.by, deps.env, '--by');
  const whatFor = options.yes === true ? undefined : CONFIRMED[decision];
  if (whatFor !== undefined) requireConfirmer(deps);
  await using client = await deps.connect();
  const operation = await client.get(vm);
  // What cannot be shown now is not decided, even if a moment later it could be: nobody would have confirmed it.
  const held = heldFor(operation, decision);
  const now = deps.io.now();
  const lines = decision === 'rollback' ? renderHeldRollback({ operation, held }, now) : renderWhyHeld(held, now);
  for (const line of lines) showingLoss(deps.io, 'err')(line);
  if (whatFor !== undefined) await confirm(vm.instanceId, whatFor, deps);
  const { regionId, instanceId, runId } = operation;
  const taken = await client.decide(
    { regionId, instanceId, runId },
    parseInput(Decision, { decision, reason, by, heldSince: held.since }),
  );
  return await reportTaken(client, operation, taken, options, deps);
}

async function reportTaken(
  client: CliClient,
  operation: Operation,
  taken: DecisionTaken,
  { detach, output }: DecideOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  const line = `decided: ${taken.decision} by ${oneLine(taken.by ?? 'nobody')} at ${taken.at}: ${oneLine(taken.reason)}`;
  if (detach !== true) {
    io.err(line);
    return await followAndReport(client, operation, output, deps);
  }
  if (output === 'json') io.out(JSON.stringify({ outcome: 'decided', ...operation, decision: taken }));
  else io.out(line);
  return OK;
}
