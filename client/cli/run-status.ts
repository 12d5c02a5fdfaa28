import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { tellFreeze } from './render-freeze.js';
import { renderOperation } from './render-operation.js';
import type { VmOptions } from './vm-options.js';
import { vmOf } from './vm-options.js';

/** Shows one screen about the latest rebuild of a VM. @throws ReimageError */
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
