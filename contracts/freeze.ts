import * as z from 'zod';
import { Unreadable } from './task-failure.js';
import { oneLine } from './text.js';

/** Workflow id of the freeze of a namespace: frozen is where it runs. */
export const FREEZE_WORKFLOW_ID = 'reimage-freeze';

/** Update of the workflow `freeze`: takes a {@link FreezeRequest}, answers the {@link FreezeEnd}. It stands in histories. */
export const UNFREEZE_UPDATE = 'unfreeze';

/** Update of the workflow `freeze`: continues it as new, so that nothing of it bears an old key. It stands in histories. */
export const RENEW_FREEZE_UPDATE = 'renew';

/** Who freezes or unfreezes a namespace, and why. */
export const FreezeRequest = z.strictObject({ by: oneLine(128), reason: oneLine(512) });
export type FreezeRequest = z.output<typeof FreezeRequest>;

/** A freeze: no new erase begins in the namespace; rebuilds under way finish. */
export const Freeze = z.strictObject({
  by: oneLine(128),
  reason: oneLine(512),
  since: z.iso.datetime(),
  /** Why nobody can read who and why; absent where that can be read. It freezes all the same. */
  unreadable: Unreadable.optional(),
});
export type Freeze = z.output<typeof Freeze>;

/** How a freeze ended. */
export const FreezeEnd = z.object({ by: z.string(), reason: z.string(), at: z.iso.datetime() });
export type FreezeEnd = z.output<typeof FreezeEnd>;

/** A freeze in one line, wherever something is refused for it or waits for its end. */
export function freezeText({ by, reason, since }: Freeze): string {
  return `frozen since ${since} by ${by}: ${reason}`;
}
