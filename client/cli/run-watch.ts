import type { CliDeps } from './cli-deps.js';
import { followAndReport } from './follow.js';
import type { VmOptions } from './vm-options.js';
import { vmOf } from './vm-options.js';

/** Follows the latest rebuild of a VM, or shows how it ended. @throws ReimageError */
export async function runWatch(options: VmOptions, deps: CliDeps): Promise<number> {
  const vm = vmOf(options, deps);
  await using client = await deps.connect();
  const operation = await client.get(vm);
  if (operation.webUrl !== undefined) deps.io.err(`Temporal UI: ${operation.webUrl}`);
  return await followAndReport(client, operation, options.output, deps);
}
