import type { Command } from 'commander';
import { FAILURES } from '../../../contracts/failures.js';
import type { Phase } from '../../../contracts/rebuild-progress.js';
import type { RebuildResult } from '../../../contracts/rebuild-result.js';
import type { CliDeps } from '../io/deps.js';
import { exitCodeOf, OK } from '../io/exit-codes.js';
import { outputOption, type Parsing } from '../options/command-table.js';
import { cliCommand } from '../options/parse-options.js';
import { vmOf, VmOptions, whoAsks } from '../options/vm.js';
import { follow, reportInterrupted, reportResult } from './live-display.js';

/** Defines `reimage cancel`. */
export function defineCancel(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .option('--detach', 'return once the cancellation is asked for')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Before the rebuild call the old power state is restored. After it, cancelling comes too late:
the rebuild runs to its end, and the exit code is 3.
Exit code 0 when it ended cancelled (with --detach: was asked to), 6 when none is under way.

Example:
  $ reimage cancel i-8cjmd27n1s --region cn-north-1`,
    )
    .action((instance: string, options: object) =>
      dispatch(cliCommand('cancel', VmOptions, runCancel), { instance, ...options }),
    );
}

/** Asks the rebuild under way to end, says what may come of it, and waits for the end. @throws ReimageError */
export async function runCancel(options: VmOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const vm = vmOf(options, deps);
  await using client = await deps.connect();
  const by = whoAsks(undefined, deps.env);
  const operation = await client.cancel(vm, by === undefined ? {} : { by });
  io.err(operation.gaveUp === true ? GAVE_UP : prospect(operation.phase));
  if (options.detach === true) {
    if (options.output === 'json') io.out(JSON.stringify({ outcome: 'cancel-requested', ...operation }));
    else io.out(`cancellation asked for: ${operation.operationId}`);
    return OK;
  }
  const result = operation.result ?? (await follow(client, operation, deps));
  if (result === null) return reportInterrupted(operation, options.output, deps);
  reportResult(result, options.output, deps);
  return exitCodeOfCancel(result);
}

/** Cancelling is what was wanted: a rebuild that went through all the same is the failure here. */
function exitCodeOfCancel(result: RebuildResult): number {
  if (result.outcome === 'cancelled') return OK;
  return result.outcome === 'done' ? FAILURES.ValidationFailed.exitCode : exitCodeOf(result);
}

const BEFORE_THE_CALL =
  'Cancellation requested. The rebuild call has not been sent yet: the earlier power state will be restored.';
const AFTER_THE_CALL =
  'Cancellation requested, but too late: the disk is being rebuilt, and the rebuild runs to its end.';
const GAVE_UP =
  'The rebuild is held, and had been cancelled before: the hold is given up by a decision instead, and the VM stays as it is.';
const ENDING = 'Cancellation requested; the rebuild is already ending.';

const PROSPECTS: Readonly<Record<Phase, string>> = {
  validating: BEFORE_THE_CALL,
  stopping: BEFORE_THE_CALL,
  'backing-up': BEFORE_THE_CALL,
  'restoring-power': BEFORE_THE_CALL,
  rebuilding:
    'Cancellation requested. If the rebuild call was already sent, it is too late and the rebuild runs to its end.',
  starting: AFTER_THE_CALL,
  verifying: AFTER_THE_CALL,
  done: AFTER_THE_CALL,
  held: 'Cancellation requested: the hold ends as if given up, and the VM stays as it is. If it stays held because an earlier cancellation was never seen by a worker: cancel again once a worker runs.',
  'rolling-back':
    'Cancellation requested, but too late: the VM is being rolled back, and the rollback runs to its end. Cancel again if it is held afterwards.',
  failed: ENDING,
  cancelled: ENDING,
};

/** What a cancellation in this phase leads to. */
export function prospect(phase: Phase | null): string {
  return phase === null ? BEFORE_THE_CALL : PROSPECTS[phase];
}
