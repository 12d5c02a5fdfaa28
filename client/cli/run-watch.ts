import type { CliDeps } from './cli-deps.js';
import { followAndReport } from './follow.js';
import { parseOptions } from './parse-options.js';
import { VmOptions, vmOf } from './vm-options.js';

/** `reimage watch` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runWatch(parseOptions(VmOptions, raw), deps);
}

/** Follows the latest rebuild of a VM, or shows how it ended. */
export async function runWatch(options: VmOptions, deps: CliDeps): Promise<number> {
  const vm = vmOf(options, deps);
  await using client = await deps.connect();
  const operation = await client.get(vm);
  if (operation.webUrl !== undefined) deps.io.err(`Temporal UI: ${operation.webUrl}`);
  return await followAndReport(client, operation, options.output, deps);
}
