import { failureOf, ReimageInvalidInputError, toReimageError } from '../../connection/errors.js';
import type { CliDeps, Io } from './deps.js';

/** Refuses, before anybody is asked, what nobody could confirm. @param orElse - what may be done instead of `--yes` */
export function requireConfirmer({ io }: CliDeps, orElse = ''): void {
  if (io.canAsk) return;
  throw new ReimageInvalidInputError(`Not a terminal, so that nobody can confirm: pass --yes${orElse}.`, 'yes');
}

/**
 * Has the person type the VM id, or the name of what else it is about.
 * @param whatFor - ends the sentence `Type ID to ...`
 * @param what - the id is of
 * @throws ReimageError NotConfirmed
 */
export async function confirm(id: string, whatFor: string, { io }: CliDeps, what = 'the VM id'): Promise<void> {
  const typed = await io.ask(`Type ${id} to ${whatFor}: `);
  if (typed?.trim() === id) return;
  const how = typed === null ? 'Nothing was typed' : `What was typed is not ${what}`;
  throw toReimageError(failureOf('NotConfirmed', `${how}. Nothing was touched.`));
}

/** Ctrl-C, before anything was begun. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('Ended by Ctrl-C. Nothing was started, and nothing was touched.');
  }
}

/**
 * Does what comes before anything is begun, such as planning, so that Ctrl-C ends it and that is said.
 * @param work - ends with its signal
 * @throws InterruptedError · what the work throws
 */
export async function beforeBegun<T>(
  { onInterrupt }: Pick<Io, 'onInterrupt'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const unhear = onInterrupt(() => interrupt.abort(new InterruptedError()));
  try {
    return await work(interrupt.signal);
  } catch (error) {
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    unhear();
  }
}
