import { ReimageInvalidInputError } from '../reimage-errors.js';
import type { Env } from './cli-deps.js';

/** Who asks: as said, or the user of this shell; undefined where neither tells. */
export function whoAsks(said: string | undefined, env: Env): string | undefined {
  return said ?? (env['USER'] || env['LOGNAME'] || undefined);
}

/** The same where it goes on the record of an act that erases. @param option - by which one says it */
export function whoAsksFor(said: string | undefined, env: Env, option: string): string {
  const who = whoAsks(said, env);
  if (who !== undefined) return who;
  throw new ReimageInvalidInputError(`Say who asks: ${option}. USER does not tell.`, option.replace(/^-+/, ''));
}
