import * as z from 'zod';
import { FAILURE_TYPES } from '../failures.js';
import { AuditEntry } from './fleet-control.js';

/** What a fleet is at. `waiting`: something keeps it from starting a VM, and none is under way. */
export const FLEET_STATUSES = [
  'rebuilding',
  'waiting',
  'baking',
  'awaiting-approval',
  'paused',
  'aborting',
  'done',
  'failed',
  'aborted',
] as const;
export type FleetStatus = (typeof FLEET_STATUSES)[number];

/** Where a VM of a fleet is. `deferred`: busy with another rebuild, to be tried again at the end. */
export const MEMBER_STATES = [
  'waiting',
  'rebuilding',
  'held',
  'deferred',
  'done',
  'failed',
  'rolled-back',
  'cancelled',
  'skipped',
] as const;
export type MemberState = (typeof MEMBER_STATES)[number];

/** How many VMs are in each state. */
export const FleetCounts = z.record(z.enum(MEMBER_STATES), z.int());
export type FleetCounts = z.output<typeof FleetCounts>;

/** What a fleet no longer tells, since it would not have fitted into a payload. */
export const Omitted = z.object({
  /** Notes of VMs: the results of their rebuilds have the whole. */
  reasons: z.int().min(0),
  /** Its oldest acts. */
  auditEntries: z.int().min(0),
});
export type Omitted = z.output<typeof Omitted>;

/** Where a fleet is, as the query `fleet` answers it. */
export const FleetSummary = z
  .object({
    fleetId: z.string(),
    regionId: z.string(),
    planDigest: z.string(),
    imageId: z.string(),
    status: z.enum(FLEET_STATUSES),
    /** Why it does not move, or what it does, in one line. */
    reason: z.string(),
    wave: z.object({ index: z.int(), count: z.int(), name: z.string() }),
    counts: FleetCounts,
    size: z.int(),
    unavailable: z.object({ current: z.int(), limit: z.int() }),
    failures: z.object({ current: z.int(), limit: z.int() }),
    held: z.object({ current: z.int(), limit: z.int() }),
    /** What happens next of itself, and when; null when nothing does. */
    nextEvent: z.object({ description: z.string(), at: z.iso.datetime() }).nullable(),
    /** The gate that it waits at: an answer names it. A worker before it was told leaves it out. */
    gate: z.object({ name: z.string() }).nullable().optional(),
    /** The pause that it is in, of all its pauses the how many-th: a resume names it. Left out as the gate is. */
    pause: z.object({ number: z.int() }).nullable().optional(),
    startedAt: z.iso.datetime(),
    requestedBy: z.string().nullable(),
    /** What was done to it, the last of them. */
    auditEntries: z.array(AuditEntry),
    /** Absent: nothing was. */
    omitted: Omitted.optional(),
  })
  .meta({ id: 'FleetSummary' });
export type FleetSummary = z.output<typeof FleetSummary>;

/** One VM of a fleet. */
export const MemberProgress = z.object({
  instanceId: z.string(),
  /** The VM's name when the fleet was planned; null where it has none, or the fleet had no room for names. Left out as `goal` is. */
  name: z.string().nullable().optional(),
  az: z.string().nullable(),
  wave: z.int(),
  state: z.enum(MEMBER_STATES),
  imageBefore: z.string().nullable(),
  imageId: z.string(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  /** Why it failed, is held, deferred or skipped. */
  reason: z.string().nullable(),
  /** Type of its failure, from docs/failures.md. */
  failure: z.string().nullable(),
  backupImageId: z.string().nullable(),
  /** What it is, or is to be, driven to: the image of the fleet, or back from it. A worker before it was told leaves it out. */
  goal: z.enum(['forward', 'rollback']).optional(),
});
export type MemberProgress = z.output<typeof MemberProgress>;

/** What the query `members` takes: one page, of all VMs or of those in some states. */
export const MemberQuery = z.strictObject({
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(500).default(100),
  states: z.array(z.enum(MEMBER_STATES)).min(1).optional(),
});

export type MemberQuery = z.output<typeof MemberQuery>;

/** A page of VMs. `nextOffset` null: the last one. */
export const MemberPage = z.object({ members: z.array(MemberProgress), nextOffset: z.int().nullable() });
export type MemberPage = z.output<typeof MemberPage>;

/** What the rebuild of a VM tells its fleet: that it is held, and why, or that it no longer is (null). */
export const MemberHoldChange = z.object({
  instanceId: z.string(),
  held: z.string().nullable(),
  /** The fleet that the rebuild is part of: another one may have its workflow id by now. */
  fleetId: z.string().optional(),
});
export type MemberHoldChange = z.output<typeof MemberHoldChange>;

/** How one fleet ended. Its VMs are told by the query `members`, and by the results of their own rebuilds. */
export const FleetResult = z
  .object({
    outcome: z.enum(['done', 'failed', 'aborted']),
    fleetId: z.string(),
    regionId: z.string(),
    planDigest: z.string(),
    imageId: z.string(),
    counts: FleetCounts,
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    auditEntries: z.array(AuditEntry),
    /** Absent: nothing was. */
    omitted: Omitted.optional(),
    failure: z.object({ type: z.enum(FAILURE_TYPES), message: z.string(), next: z.string() }).optional(),
  })
  .meta({ id: 'FleetResult' });
export type FleetResult = z.output<typeof FleetResult>;
