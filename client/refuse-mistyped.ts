import { mistypedVariables } from '../temporal/mistyped-variables.js';
import { ReimageInvalidInputError } from './reimage-errors.js';

/**
 * Refuses an environment in which a variable nearly bears a name that is read: worker, library and command line alike.
 * @throws ReimageInvalidInputError naming the variables, and never what they hold
 */
export function refuseMistyped(env: Readonly<Record<string, string | undefined>>): void {
  const mistyped = mistypedVariables(env);
  if (mistyped.length === 0) return;
  throw new ReimageInvalidInputError(`The environment is wrong: ${mistyped.join('; ')}.`, 'environment');
}
