import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import type { FreezeOptions } from './freeze-options.js';
import { freezeRequestOf } from './freeze-options.js';
import { renderFreeze } from './render-freeze.js';

const NEW = 'No rebuild begins until `reimage unfreeze`; those under way finish: see `reimage list --running`.';
const NOT_NEW = 'It was frozen before: your reason is not on the record, and who ends that freeze ends it for you too.';

/** Freezes the namespace, or says who has. @throws ReimageError */
export async function runFreeze(options: FreezeOptions, { io, env, connect }: CliDeps): Promise<number> {
  const request = freezeRequestOf(options, env);
  await using client = await connect();
  const { freeze, isNew } = await client.freeze(request);
  if (options.output === 'json') io.out(JSON.stringify({ outcome: 'frozen', isNew, freeze }));
  else io.out(renderFreeze(freeze));
  io.err(isNew ? NEW : NOT_NEW);
  return OK;
}
