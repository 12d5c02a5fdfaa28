import { Argument, type Command } from 'commander';
import * as z from 'zod';
import { Decision, DECISIONS, type DecisionTaken } from '../../../contracts/decision.js';
import { parseInput } from '../../connection/parse-input.js';
import { heldFor } from '../../rebuilds/decide.js';
import type { Operation } from '../../rebuilds/operation.js';
import type { CliClient, CliDeps } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { confirm, requireConfirmer } from '../io/terminal.js';
import { oneLine } from '../io/text.js';
import { outputOption, type Parsing } from '../options/command-table.js';
import { cliCommand, neededOption } from '../options/parse-options.js';
import { vmOf, VmOptions, whoAsksFor } from '../options/vm.js';
import { renderWhyHeld } from '../render/held.js';
import { renderHeldRollback, showingLoss } from '../render/recovery.js';
import { followAndReport } from './live-display.js';

const MORE = `
retry     looks again, drives the VM on and checks it again, without another erase
rollback  puts the VM back from its backup, or from the former image; erases the system disk
accept    takes the VM as it is: the rebuild ends as done
give-up   ends the rebuild as failed; the VM stays as it is

\`reimage status\` tells why the rebuild is held, and which of these it waits for. On a terminal,
rollback and accept must be confirmed by typing the VM id.
Exit codes as for rebuild; 5 when the rebuild waits for no such decision, 6 when none is under way.

Example:
  $ reimage decide i-8cjmd27n1s retry --region cn-north-1 --reason "opened port 443"`;

/** Defines `reimage decide`. */
export function defineDecide(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .addArgument(new Argument('<decision>', 'what is done').choices(DECISIONS))
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(neededOption('--reason <text>', 'why; stands in the result'))
    .option('--by <name>', 'who decides; stands in the result (default: USER)')
    .option('--detach', 'return once the decision is taken')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((instance: string, decision: string, options: object) =>
      dispatch(cliCommand('decide', DecideOptions, runDecide), { instance, decision, ...options }),
    );
}

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
