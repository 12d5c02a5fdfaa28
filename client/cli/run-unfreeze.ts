import type { CliDeps } from './cli-deps.js';
import { oneLine } from './display-text.js';
import { OK } from './exit-codes.js';
import type { FreezeOptions } from './freeze-options.js';
import { freezeRequestOf } from './freeze-options.js';
import { renderFreeze } from './render-freeze.js';

/** Ends the freeze of the namespace, and says whose it was. @throws ReimageError */
export async function runUnfreeze(options: FreezeOptions, { io, env, connect }: CliDeps): Promise<number> {
  const request = freezeRequestOf(options, env);
  await using client = await connect();
  const unfrozen = await client.unfreeze(request);
  const isJson = options.output === 'json';
  if (unfrozen === null) {
    io.out(isJson ? JSON.stringify({ outcome: 'not-frozen' }) : 'not frozen');
    return OK;
  }
  const { freeze, end } = unfrozen;
  io.err(`it was ${renderFreeze(freeze)}`);
  if (isJson) io.out(JSON.stringify({ outcome: 'unfrozen', freeze, end }));
  else io.out(oneLine(`unfrozen at ${end.at} by ${end.by}: ${end.reason}`));
  return OK;
}
