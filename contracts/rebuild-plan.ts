import * as z from 'zod';
import type { FailureType } from './failures.js';

/** Whose an image is, and since when. Null: JD Cloud does not say. */
export const ImageOrigin = z.object({
  /** JD Cloud's word: `private` for the account's own, `shared`, `community`, `public`, `thirdparty`. */
  source: z.string().nullable(),
  /** Pin of the account that it belongs to. */
  owner: z.string().nullable(),
  /** ISO 8601, UTC. */
  createdAt: z.string().nullable(),
});
export type ImageOrigin = z.output<typeof ImageOrigin>;

/** What else has a name that was asked for: how many, and the newest of them with why they are not taken. */
export const OtherImages = z.object({
  count: z.int(),
  images: z.array(ImageOrigin.extend({ imageId: z.string(), name: z.string().nullable(), reason: z.string() })),
});
export type OtherImages = z.output<typeof OtherImages>;

/** For people: `private image of 4711, made 2026-05-11T02:00:00.000Z`. */
export function originText({ source, owner, createdAt }: ImageOrigin): string {
  const whose = owner === null ? '' : ` of ${owner}`;
  const since = createdAt === null ? '; JD Cloud does not say when it was made' : `, made ${createdAt}`;
  return `${source === null ? 'image of unknown source' : `${source} image`}${whose}${since}`;
}

/** Why an image, a login or a VM does not fit. Stable words: portals may decide on them. */
export const VALIDATION_ISSUES = [
  'instance-status',
  'instance-charge',
  'protected',
  'system-disk',
  'image-not-found',
  'image-status',
  'image-offline',
  'image-expired',
  'disk-type',
  'disk-size',
  'encryption',
  'architecture',
  'boot-mode',
  'instance-type',
  'platform-login',
  'hostname',
  'key-not-found',
  'password',
  'metadata',
  'userdata',
  'already-rebuilt',
  'backup',
  'backup-quota',
  'health-check',
  'image-deleted',
  'frozen',
  'window-closed',
  'image-changed',
  'rebuilt-since',
  'rollback-source',
] as const;

/** One reason why nothing is stopped. `field` is the request's field to change, or null when it is not the request that is wrong. */
export const ValidationIssue = z.object({
  code: z.enum(VALIDATION_ISSUES),
  field: z.string().nullable(),
  message: z.string(),
});
export type ValidationIssue = z.output<typeof ValidationIssue>;

/** What a plan warns of. Stable words: portals may decide on them. docs/plan.md tells each. */
export const PLAN_WARNINGS = [
  'protection-overridden',
  'local-data-disk',
  'no-operation-marker',
  'outcome-unverifiable',
  'foreign-image',
  'key-lost',
  'host-name-changed',
  'launch-script-runs',
  'userdata-interpreter',
  'custom-data-unread',
  'platform-changed',
  'image-data-disks',
  'rollback-source',
  'backup-without-data-disks',
  'backup-quota-unknown',
] as const;

/** A warning of a plan. */
export interface PlanWarning {
  readonly code: (typeof PLAN_WARNINGS)[number];
  readonly message: string;
}

/** Something that the operator should know and that does not stop a rebuild. */
export const Warning = z.object({ code: z.string(), message: z.string() });
export type Warning = z.output<typeof Warning>;

const ImageSummary = z.object({
  imageId: z.string(),
  name: z.string().nullable(),
  /** Absent where the image was not looked at. */
  origin: ImageOrigin.optional(),
});

const DiskSummary = z.object({
  deviceName: z.string().nullable(),
  diskCategory: z.string().nullable(),
  diskId: z.string().nullable(),
  sizeGiB: z.number().nullable(),
  /** As JD Cloud writes it; absent where it does not say. */
  createdAt: z.string().optional(),
});
export type DiskSummary = z.output<typeof DiskSummary>;

/** What a rebuild would do, as validation saw it. With any issue nothing is touched. */
export const RebuildPlan = z.object({
  regionId: z.string(),
  instanceId: z.string(),
  instanceName: z.string().nullable(),
  /** JD Cloud's status when the plan was made. */
  status: z.string(),
  power: z.object({ before: z.enum(['running', 'stopped']), after: z.enum(['running', 'stopped']) }),
  imageBefore: ImageSummary.nullable(),
  imageAfter: ImageSummary.nullable(),
  systemDisk: DiskSummary.nullable(),
  dataDisks: z.array(DiskSummary),
  /** The stop must say keepCharging, or JD Cloud would release the VM's resources. */
  keepCharging: z.boolean(),
  /** Whether the rebuild can write its operation marker into the VM's metadata, so that a lost answer can be told. */
  markerUsable: z.boolean(),
  /** The marker of the operation that has rebuilt the VM last, null for none; absent where its metadata may not be read. */
  lastOperation: z.string().nullable().optional(),
  /** The host name that the VM has, null where JD Cloud does not tell it: it is sent along where the request names none. */
  hostnameBefore: z.string().nullable().optional(),
  /** The system that the VM has, null where JD Cloud does not tell it. */
  osBefore: z.enum(['windows', 'linux']).nullable().optional(),
  /** What the VM looks like beside its system disk, to be held against what it looks like afterwards. Without it nothing is. */
  profile: z.record(z.string(), z.string()).optional(),
  issues: z.array(ValidationIssue),
  warnings: z.array(Warning),
  /** What would happen, in order, one line each. */
  steps: z.array(z.string()),
});
export type RebuildPlan = z.output<typeof RebuildPlan>;

/** Issues that have a failure type of their own, when they are all that speaks against a rebuild. */
const OWN_TYPE: Partial<Record<ValidationIssue['code'], FailureType>> = {
  'instance-charge': 'ChargeOverdue',
  'image-deleted': 'ImageDeleted',
  'backup-quota': 'QuotaExceeded',
};

/**
 * The failure type of a rebuild that was refused for these issues. A freeze goes before all else, and then a window
 * that is over: they say nothing of the VM, which is judged anew another time.
 */
export function failureTypeOfIssues(issues: readonly ValidationIssue[]): FailureType {
  if (issues.some(({ code }) => code === 'frozen')) return 'Frozen';
  if (issues.some(({ code }) => code === 'window-closed')) return 'WindowClosed';
  const [first, ...others] = issues;
  if (first === undefined || others.some(({ code }) => code !== first.code)) return 'ValidationFailed';
  return OWN_TYPE[first.code] ?? 'ValidationFailed';
}

/** Image and system disk of a VM as they were seen. */
export interface DiskSeen {
  readonly imageId: string | null;
  readonly systemDiskId: string | null;
}

/** Whether a VM has the image and the system disk that a plan has found. A disk that JD Cloud did not name says nothing. */
export function isSameDisk(
  { imageBefore, systemDisk }: Pick<RebuildPlan, 'imageBefore' | 'systemDisk'>,
  now: DiskSeen,
): boolean {
  const diskId = systemDisk?.diskId ?? null;
  const hasOtherDisk = diskId !== null && now.systemDiskId !== null && diskId !== now.systemDiskId;
  return (imageBefore?.imageId ?? null) === now.imageId && !hasOtherDisk;
}
