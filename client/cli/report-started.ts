import type { Operation } from '../operation.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { followAndReport } from './follow.js';
import type { VmOptions } from './vm-options.js';

export interface StartedOptions extends Pick<VmOptions, 'output' | 'detach'> {
  /** What was done to it. @default 'started' */
  readonly outcome?: 'started' | 'decided';
}

/** Says what was started or decided and follows it to its end, unless the options say not to. Gives the exit code. */
export async function reportStarted(
  client: CliClient,
  operation: Operation,
  { output, detach, outcome = 'started' }: StartedOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  if (operation.webUrl !== undefined) io.err(`Temporal UI: ${operation.webUrl}`);
  if (detach !== true || operation.result !== null) return await followAndReport(client, operation, output, deps);
  const { operationId, instanceId, regionId } = operation;
  if (output === 'json') io.out(JSON.stringify({ outcome, ...operation }));
  else io.out(`${outcome}: ${operationId}. Follow it: reimage watch ${instanceId} --region ${regionId}`);
  return OK;
}
