import * as z from 'zod';
import { IN_OUR_WORDS } from '../input-problems.js';
import { RebuildRequest } from '../rebuild-request.js';

const {
  regionId: _region,
  instanceId: _instance,
  imageId: _image,
  notAfter: _window,
  onlyFromImages: _former,
  onlyAfterOperation: _last,
  requestId: _id,
  requestedBy: _who,
  reason: _why,
  ...FIELDS
} = RebuildRequest.shape;

/** Everything that a single rebuild takes, save what the fleet itself says: which VM, from and to which image, after which operation, when, who and why. */
export const RebuildTemplate = z
  .strictObject(FIELDS)
  .superRefine((template, context) => {
    const whole = RebuildRequest.safeParse({ ...template, regionId: 'any', instanceId: 'any' }, IN_OUR_WORDS);
    for (const { path, message } of whole.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: [...path], message });
  })
  .meta({ id: 'RebuildTemplate' });
export type RebuildTemplate = z.output<typeof RebuildTemplate>;
