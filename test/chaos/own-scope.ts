import type { Scope } from '../fixtures/defer.js';

/** A scope that its owner ends: for what does not live as long as a test. */
export interface OwnScope extends Scope {
  /** Cleans up all that was deferred. Twice is fine. */
  readonly end: () => Promise<void>;
}

export function ownScope(): OwnScope {
  let cleanUp: (() => Promise<void>) | undefined;
  return {
    after: (all) => void (cleanUp = all),
    end: async () => {
      const all = cleanUp;
      cleanUp = undefined;
      await all?.();
    },
  };
}
