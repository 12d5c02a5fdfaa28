import type { Freeze } from '../contracts/fleet/freeze.js';
import { askServer } from './ask-server.js';
import type { Namespace } from './namespace.js';

/**
 * The freeze of the namespace, or null.
 * @throws ApplicationFailure TemporalUnreachable (retryable) when it cannot be asked: that never counts as not frozen
 */
export async function askFreeze(namespace: Pick<Namespace, 'freeze'>): Promise<Freeze | null> {
  return await askServer('tell whether the namespace is frozen', () => namespace.freeze());
}
