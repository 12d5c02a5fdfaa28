import * as z from 'zod';
import { oneLine } from '../one-line.js';

/** Workflow id of the freeze of a namespace: frozen is where it runs. */
export const FREEZE_WORKFLOW_ID = 'reimage-freeze';

/** A freeze: no new erase begins in the namespace; rebuilds under way finish. */
export const Freeze = z.strictObject({ by: oneLine(128), reason: oneLine(512), since: z.iso.datetime() });
export type Freeze = z.output<typeof Freeze>;
