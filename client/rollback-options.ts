import * as z from 'zod';
import { WAYS_BACK } from '../contracts/decision.js';
import { RebuildRequest } from '../contracts/rebuild-request.js';

const { imageId, keyNames, passwordRef, imageInherit, overrideProtection, requestId, reason, requestedBy } =
  RebuildRequest.shape;

/**
 * How a VM is put back. Without `to` and `imageId` it gets its backup, and where there is none its former image.
 * Only `requestedBy` and `reason` apply to a rebuild that is held: that one goes back to what it knows.
 */
export const RollbackOptions = z
  .strictObject({
    requestedBy: requestedBy.unwrap().meta({ description: 'Who asks; stands in the result' }),
    reason,
    to: z.enum(WAYS_BACK).optional().meta({ description: 'Only this; absent: the backup, else the former image' }),
    imageId: imageId.unwrap().optional().meta({ description: 'This image, whatever the last rebuild was' }),
    fromImageId: imageId.unwrap().optional().meta({
      description: 'The image that the VM has now and may lose, where that is none that the last rebuild put on',
    }),
    keyNames,
    passwordRef,
    imageInherit,
    overrideProtection,
    requestId,
  })
  .refine(({ to, imageId: named }) => to === undefined || named === undefined, {
    path: ['to'],
    message: 'cannot be said together with imageId',
  });
export type RollbackOptions = z.output<typeof RollbackOptions>;
export type RollbackOptionsInput = z.input<typeof RollbackOptions>;
