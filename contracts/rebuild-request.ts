import type { SearchAttributePair } from '@temporalio/common';
import * as z from 'zod';
import { BACKUPS, KeepBackups } from './backup.js';
import { Hold, ON_FAILURE } from './decision.js';
import { HealthCheck } from './health-check.js';
import { ImageId, InstanceId, RegionId } from './ids.js';
import { EARLIER_OPERATIONS_KEY, MEMO, OPERATION_MARKER_KEY } from './names.js';
import { SEARCH_ATTRIBUTE } from './search-attributes.js';
import { PasswordRef } from './secret-ref.js';
import { oneLine, summaryText, UnicodeText } from './text.js';

/** What the VM's power state is to be after the rebuild. */
export const POWER = ['as-was', 'running', 'stopped'] as const;

/** Most metadata pairs that JD Cloud takes on a VM. */
export const METADATA_MAX_PAIRS = 40;
const METADATA_MAX_VALUE_BYTES = 16 * 1024;
const USERDATA_MAX_BASE64 = 21_848;
/** Spelled out: zod's own check calls atob, which the sandbox of workflows has not. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const deadline = (defaultSeconds: number) => z.int().min(5).max(86_400).default(defaultSeconds);

/** Seconds that each phase may take, from its beginning. Retries and waits end with the phase. */
export const Deadlines = z
  .strictObject({
    validatingSeconds: deadline(300),
    stoppingSeconds: deadline(900),
    backingUpSeconds: deadline(3600),
    rebuildingSeconds: deadline(3600),
    startingSeconds: deadline(900),
    verifyingSeconds: deadline(300),
  })
  .meta({ description: 'Seconds that each phase may take' });
export type Deadlines = z.output<typeof Deadlines>;

const Pair = z.strictObject({ key: UnicodeText.min(1).max(256), value: UnicodeText });

const OWN_KEYS = [OPERATION_MARKER_KEY, EARLIER_OPERATIONS_KEY];

const Metadata = z
  .array(
    Pair.extend({
      value: UnicodeText.refine(
        (value) => new TextEncoder().encode(value).length <= METADATA_MAX_VALUE_BYTES,
        'is over 16 KB',
      ),
    }).refine(({ key }) => !key.endsWith('-'), { path: ['key'], message: 'must not end in a dash' }),
  )
  .max(METADATA_MAX_PAIRS)
  .refine(
    (pairs) => new Set(pairs.map(({ key }) => key.toLowerCase())).size === pairs.length,
    'has a key twice (case does not count)',
  )
  .refine(
    (pairs) => pairs.every(({ key }) => !OWN_KEYS.includes(key.toLowerCase())),
    `has one of the keys ${OWN_KEYS.join(' and ')}, which Reimage itself writes`,
  );

const Userdata = z
  .array(
    z.strictObject({
      key: z.literal('launch-script'),
      value: z.string().regex(BASE64, 'must be base64').max(USERDATA_MAX_BASE64, 'is over 16 KB before base64'),
    }),
  )
  .max(1);

/** Until when a rebuild may begin, and until when it may erase. What has been erased is carried to its end all the same. */
const NotAfter = z
  .strictObject({ begin: z.iso.datetime(), erase: z.iso.datetime() })
  .refine(({ begin, erase }) => Date.parse(begin) <= Date.parse(erase), {
    path: ['erase'],
    message: 'is before `begin`',
  })
  .meta({ description: 'After `begin` nothing is stopped any more, after `erase` nothing erased' });
export type NotAfter = z.output<typeof NotAfter>;

/**
 * What one rebuild is asked to do. The client fills defaults in before it starts the workflow, so
 * that the history holds them and a default changed later changes no running rebuild.
 * Field rules: JD Cloud's rebuildInstance, VM API v1, read 2026-11.
 */
export const RebuildRequest = z
  .strictObject({
    regionId: RegionId,
    instanceId: InstanceId,
    imageId: ImageId.optional().meta({ description: 'Image to put on; absent: the image the VM has now' }),
    keyNames: z.array(oneLine(128)).max(1).optional().meta({ description: 'SSH key, one at most, Linux only' }),
    passwordRef: PasswordRef.optional(),
    hostname: z
      .string()
      .regex(/^[A-Za-z0-9.-]{2,64}$/, 'must be 2 to 64 letters, digits, dots and dashes')
      .optional(),
    metadata: Metadata.optional(),
    userdata: Userdata.optional(),
    passWordAuth: z
      .enum(['yes', 'no'])
      .optional()
      .meta({ description: 'Whether SSH password login stays allowed beside a key' }),
    imageInherit: z.enum(['yes', 'no']).optional().meta({ description: 'Keep the login set inside the image' }),
    overrideProtection: oneLine(512)
      .optional()
      .meta({ description: 'Why a VM with the tag reimage-protected is rebuilt all the same; goes on the record' }),
    power: z.enum(POWER).default('as-was'),
    backup: z.enum(BACKUPS).default('none').meta({
      description: 'image: the stopped VM becomes a private image first; without it there is no erase',
    }),
    backupDataDisks: z.boolean().default(false).meta({ description: 'Put cloud data disks into the backup too' }),
    keepBackups: KeepBackups.optional(),
    onFailure: z.enum(ON_FAILURE).default('leave').meta({
      description: 'When the rebuilt VM does not come back as promised: leave it, hold for a decision, or roll it back',
    }),
    hold: Hold.prefault({}),
    healthChecks: z.array(HealthCheck).max(10).default([]).meta({
      description: 'Made one after the other once the VM runs; none: status and image are all that is checked',
    }),
    requireHealthyBefore: z
      .boolean()
      .default(false)
      .meta({ description: 'Refuse a VM that fails the checks before anything is touched' }),
    deadlines: Deadlines.prefault({}),
    notAfter: NotAfter.optional(),
    onlyFromImages: z.array(ImageId).min(1).max(10).optional().meta({
      description: 'Images of which the VM must have one now: another one means that somebody has changed it',
    }),
    onlyAfterOperation: z.string().max(64).optional().meta({
      description: 'Digest of the marker that the VM must still carry: with another one it was rebuilt since',
    }),
    requestId: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
      .optional()
      .meta({ description: "Caller's id of this request: the same id never starts a second rebuild" }),
    requestedBy: oneLine(128).optional(),
    reason: oneLine(512).optional(),
  })
  .refine(
    ({ passwordRef, keyNames, imageInherit }) => passwordRef ?? keyNames?.[0] ?? (imageInherit === 'yes' || undefined),
    {
      path: ['passwordRef'],
      message:
        'no way to log in afterwards: give passwordRef, one of keyNames, or imageInherit "yes" when the image has its own login',
    },
  )
  .refine(({ keepBackups, backup }) => keepBackups === undefined || backup === 'image', {
    path: ['keepBackups'],
    message: 'is for backup "image": without a new backup none is deleted',
  })
  .refine(({ backupDataDisks, backup }) => !backupDataDisks || backup === 'image', {
    path: ['backupDataDisks'],
    message: 'is for backup "image"',
  })
  .refine(({ requireHealthyBefore, healthChecks }) => !requireHealthyBefore || healthChecks.length > 0, {
    path: ['requireHealthyBefore'],
    message: 'needs healthChecks: without them nothing tells whether the VM is healthy',
  })
  .meta({ id: 'RebuildRequest' });

/** What callers write: fields with defaults may be absent. */
export type RebuildRequestInput = z.input<typeof RebuildRequest>;
/** What our code reads: defaults filled in. */
export type RebuildRequest = z.output<typeof RebuildRequest>;

/** What is kept with a rebuild beside its request. */
export interface StartNotes {
  /** Run id of the rebuild that this one puts back. */
  readonly rollbackOf?: string;
  /** The fleet that it is part of. */
  readonly fleetId?: string;
}

/** What a rebuild can be searched for by, from its start. */
export function searchAttributesOf(
  { regionId, instanceId, imageId, requestId, requestedBy }: RebuildRequest,
  { fleetId }: StartNotes = {},
): SearchAttributePair[] {
  const { region, instance, image, phase, requestedBy: who, requestId: id, fleet } = SEARCH_ATTRIBUTE;
  return [
    { key: region, value: regionId },
    { key: instance, value: instanceId },
    { key: phase, value: 'validating' },
    ...(imageId === undefined ? [] : [{ key: image, value: imageId }]),
    ...(requestedBy === undefined ? [] : [{ key: who, value: requestedBy }]),
    ...(requestId === undefined ? [] : [{ key: id, value: requestId }]),
    ...(fleetId === undefined ? [] : [{ key: fleet, value: fleetId }]),
  ];
}

/** What the memo of a rebuild says from its start. */
export function memoOf(
  { requestId, requestedBy, reason }: RebuildRequest,
  notes: StartNotes = {},
): Record<string, string> {
  const { rollbackOf, fleetId } = notes;
  return {
    ...(requestId !== undefined && { [MEMO.requestId]: requestId }),
    ...(requestedBy !== undefined && { [MEMO.requestedBy]: requestedBy }),
    ...(reason !== undefined && { [MEMO.reason]: reason }),
    ...(rollbackOf !== undefined && { [MEMO.rollbackOf]: rollbackOf }),
    ...(fleetId !== undefined && { [MEMO.fleetId]: fleetId }),
  };
}

/** What Temporal's UI shows beside the workflow's name. */
export function summaryOf(
  { instanceId, imageId, requestedBy }: RebuildRequest,
  { rollbackOf }: StartNotes = {},
): string {
  const what = rollbackOf === undefined ? 'rebuild' : 'roll back';
  return summaryText(`${what} ${instanceId} onto ${imageId ?? 'its image'}`, requestedBy);
}
