import * as z from 'zod';
import { ImageId, InstanceId } from '../ids.js';
import { oneLine } from '../one-line.js';
import { MAX_FLEET } from './amount.js';

const some = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  z.array(schema).min(1).max(100).optional().meta({ description });

/** A tag that a VM bears. Without values any value will do. */
const TagMatch = z.strictObject({
  key: oneLine(128),
  values: z.array(z.string().max(256)).min(1).max(100).optional(),
});

const FIELDS = {
  instanceIds: z.array(InstanceId).min(1).max(MAX_FLEET).optional().meta({ description: 'Ids of VMs' }),
  tags: z.array(TagMatch).min(1).max(10).optional().meta({ description: 'Tags; a VM must bear all of them' }),
  name: oneLine(128)
    .optional()
    .meta({ description: 'Pattern for the name of the VM; * stands for any text, ? for one sign' }),
  imageIds: some(ImageId, 'Images that the VM has now'),
  vpcIds: some(oneLine(64), 'VPCs'),
  subnetIds: some(oneLine(64), 'Subnets'),
  azs: some(oneLine(64), 'Availability zones, for example cn-north-1a'),
  instanceTypes: some(oneLine(64), 'Instance types, for example g.n3.large'),
  statuses: some(z.enum(['running', 'stopped']), 'Status of the VM now'),
};

/** Which VMs of a region are meant: all fields that are given must hold, and of one field any value. */
export const VmSelector = z
  .strictObject(FIELDS)
  .refine((selector) => Object.values(selector).some((value) => value !== undefined), {
    message: "selects nothing: name at least one field, or name: '*' for every VM of the region",
  })
  .meta({ id: 'VmSelector' });
export type VmSelector = z.output<typeof VmSelector>;
