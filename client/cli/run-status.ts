import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { parseOptions } from './parse-options.js';
import { tellFreeze } from './render-freeze.js';
import { renderOperation } from './render-operation.js';
import { VmOptions, vmOf } from './vm-options.js';

/** `reimage status` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runStatus(parseOptions(VmOptions, raw), deps);
}

/** Shows one screen about the latest rebuild of a VM. */
export async function runStatus(options: VmOptions, deps: CliDeps): Promise<number> {
  const { io, connect } = deps;
  const vm = vmOf(options, deps);
  await using client = await connect();
  const operation = await client.get(vm);
  await tellFreeze(client, io);
  if (options.output === 'json') io.out(JSON.stringify(operation));
  else for (const line of renderOperation(operation, io.now())) io.out(line);
  return OK;
}
