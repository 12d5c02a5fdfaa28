import * as z from 'zod';
import { ImageId, InstanceId, RegionId } from '../ids.js';
import { IN_OUR_WORDS } from '../input-problems.js';
import { RebuildRequest } from '../rebuild-request.js';
import { oneLine } from '../text.js';
import { jsonBytes } from '../utf8-text.js';
import { MAX_FLEET, RolloutPolicy } from './rollout-policy.js';

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
  ...TEMPLATE_FIELDS
} = RebuildRequest.shape;

/** Everything that a single rebuild takes, save what the fleet itself says: which VM, from and to which image, after which operation, when, who and why. */
export const RebuildTemplate = z
  .strictObject(TEMPLATE_FIELDS)
  .superRefine((template, context) => {
    const whole = RebuildRequest.safeParse({ ...template, regionId: 'any', instanceId: 'any' }, IN_OUR_WORDS);
    for (const { path, message } of whole.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: [...path], message });
  })
  .meta({ id: 'RebuildTemplate' });
export type RebuildTemplate = z.output<typeof RebuildTemplate>;

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

/** What people call a fleet. It stands in workflow ids. */
export const FleetName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,46}[a-z0-9]$/,
    'must be 2 to 48 small letters, digits and dashes, for example web-2026-12',
  )
  .meta({ description: 'Name of the fleet: small letters, digits and dashes' });

/** The image that a fleet is moved to. */
export const FleetImage = z
  .strictObject({
    id: ImageId.optional(),
    newestNamed: oneLine(128).optional().meta({
      description:
        "The image that was made last among the account's own whose name begins so; it is pinned when the plan is made",
    }),
    sharedBy: z.array(oneLine(128)).min(1).max(20).optional().meta({
      description:
        "Accounts, by their pins, whose shared images count for newestNamed beside the account's own; '*' for any account that shares one",
    }),
  })
  .refine(({ id, newestNamed }) => (id === undefined) !== (newestNamed === undefined), {
    message: 'must name either id or newestNamed',
  })
  .refine(({ sharedBy, newestNamed }) => sharedBy === undefined || newestNamed !== undefined, {
    path: ['sharedBy'],
    message: 'is for newestNamed: an image that is named by its id may be of any account',
  });
export type FleetImage = z.output<typeof FleetImage>;

/** Most bytes of JSON of a whole spec: its plan, which holds it, must fit into one payload. */
const MOST_SPEC_BYTES = 1_000_000;

/** A fleet, as a file, the CLI or a program describes it. docs/fleet-policy.md tells each field with an example. */
export const FleetSpec = z
  .strictObject({
    name: FleetName,
    regionId: RegionId,
    select: VmSelector,
    exclude: VmSelector.optional().meta({ description: 'VMs that are left alone, of those selected' }),
    allowEmpty: z.boolean().optional().meta({
      description:
        'Whether it is well that no VM is selected, or all are excluded; else that is an error. Default: false',
    }),
    image: FleetImage,
    skipMatching: z.boolean().default(true).meta({ description: 'Leave VMs alone that have the image already' }),
    rebuild: RebuildTemplate,
    rollout: RolloutPolicy.prefault({}),
    requestedBy: oneLine(128).optional(),
    reason: oneLine(512).optional(),
  })
  .superRefine((spec, context) => {
    const bytes = jsonBytes(spec);
    if (bytes <= MOST_SPEC_BYTES) return;
    const message = `is too large: the fleet is ${bytes} bytes of JSON, and may be ${MOST_SPEC_BYTES}. Make metadata, userdata or healthChecks smaller`;
    context.addIssue({ code: 'custom', path: ['rebuild'], message });
  })
  .meta({ id: 'FleetSpec' });
/** What callers write: fields with defaults may be absent. */
export type FleetSpecInput = z.input<typeof FleetSpec>;
/** What our code reads: defaults filled in. */
export type FleetSpec = z.output<typeof FleetSpec>;
