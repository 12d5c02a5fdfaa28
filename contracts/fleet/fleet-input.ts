import * as z from 'zod';
import { FAILURE_TYPES } from '../failures.js';
import { ImageId, RegionId } from '../ids.js';
import { oneLine } from '../text.js';
import { AuditEntry } from './fleet-control.js';
import { FleetLimits } from './fleet-limits.js';
import { Column, PackedMembers } from './fleet-members.js';
import { FleetWave } from './fleet-plan.js';
import { MEMBER_STATES, Omitted } from './fleet-progress.js';
import { FleetName, RebuildTemplate } from './fleet-spec.js';
import { Maintenance } from './maintenance.js';
import { ON_BUDGET_EXHAUSTED, RolloutPolicy, whyTooLarge } from './rollout-policy.js';

/** What there is to say of one member in words, by its place among the members. */
const MemberReason = z.object({ at: z.int().min(0), reason: z.string() });

/** What a fleet hands to its next run when it continues as new: everything. Rebuilds under way go on by themselves. */
export const FleetSnapshot = z.object({
  startedAt: z.iso.datetime(),
  wave: z.int().min(0),
  /** The last wave whose gate was opened. */
  gatePassed: z.int().min(-1),
  /** The gate that it waits at, and until when. */
  gate: z.object({ name: z.string(), deadline: z.iso.datetime() }).optional(),
  /** How far it has come with what takes its time. */
  waits: z
    .object({
      bakeEnds: z.iso.datetime().optional(),
      deferredTries: z.int().min(0).optional(),
      observingSince: z.iso.datetime().optional(),
      isCanaryJudged: z.boolean().optional(),
    })
    .optional(),
  /** Of each rebuild under way: place of its member, and its run. */
  inFlight: z.array(z.object({ at: z.int().min(0), runId: z.string() })).optional(),
  /** Why it is paused, and whether it is for its budget; null: it is not. */
  pause: z.object({ why: z.string(), isForBudget: z.boolean() }).nullable(),
  /** Pauses until now, that one included. */
  pauses: z.int().min(0).optional(),
  /** What it is doing: `back` puts back what was moved. */
  goal: z.enum(['forward', 'rollback']),
  /** How it is to end, once what is under way is over; null: it goes on. */
  ending: z
    .object({ type: z.enum(FAILURE_TYPES), message: z.string(), now: z.boolean(), isRolledBack: z.boolean() })
    .nullable(),
  /** Of each member: place of its state in `MEMBER_STATES`. */
  states: z.array(
    z
      .int()
      .min(0)
      .max(MEMBER_STATES.length - 1),
  ),
  /** Of each member: what else is so of it, one bit each. The workflow alone reads it. */
  flags: z.array(z.int().min(0)),
  attempts: z.array(z.int().min(0)),
  /** Seconds since `startedAt`; -1 where there is no such moment. */
  startedAfter: z.array(z.int().min(-1)),
  finishedAfter: z.array(z.int().min(-1)),
  reasons: z.array(MemberReason),
  /** Of each member: type of its failure, its backup, the image that its first rebuild found where it was not the plan's. */
  failures: Column.optional(),
  backups: Column.optional(),
  imagesFound: Column.optional(),
  /** Of each member: tells the operation that had rebuilt it last when it was found busy. */
  lastOperations: Column.optional(),
  omitted: Omitted.optional(),
  auditEntries: z.array(AuditEntry),
  /** Ids of the last updates, each with the place of its answer among the acts. */
  answeredUpdates: z.array(z.object({ id: z.string(), entry: z.int().min(0) })).optional(),
  limits: FleetLimits,
});
export type FleetSnapshot = z.output<typeof FleetSnapshot>;

/** What `reimageFleet` works through: a plan, pinned. Made by the client from a FleetPlan, or by a schedule. */
export const FleetInput = z
  .object({
    fleetId: z.string(),
    name: FleetName,
    regionId: RegionId,
    planDigest: z.string(),
    image: z.object({ imageId: ImageId, name: z.string().nullable() }),
    template: RebuildTemplate,
    /** False: a VM that somebody else has put the image on meanwhile is rebuilt all the same. Absent: it is left alone. */
    skipMatching: z.boolean().optional(),
    /** In the order in which they are taken; each wave takes the next of them. */
    members: PackedMembers,
    waves: z.array(FleetWave),
    limits: FleetLimits,
    rollout: z.object({
      bakeSeconds: z.int().min(0),
      /** How old the sight of VMs that are down for other reasons may be when another one is started. */
      maxObservationAgeSeconds: z.int().min(1).default(30),
      onBudgetExhausted: z.enum(ON_BUDGET_EXHAUSTED),
      approval: z.object({
        /** Resolved: whether the image counts as new was found by the plan. */
        afterCanary: z.boolean(),
        beforeWaves: z.boolean(),
        deadlineSeconds: z.int().min(1),
        preventSelfApproval: z.boolean(),
      }),
      maintenance: Maintenance.optional(),
    }),
    /** The policy as it was asked for, with its percentages: what a retry of this fleet is planned by. */
    policy: RolloutPolicy.optional(),
    /** How long nine of ten rebuilds take: what would not be over before a window closes is not started. */
    p90Seconds: z.number().min(0),
    requestedBy: oneLine(128).optional(),
    reason: oneLine(512).optional(),
    /** The fleet whose failed and never started VMs this one takes up. */
    retryOf: z.string().optional(),
    /** The fleet that this one takes back. */
    rollbackOf: z.string().optional(),
    /** The schedule that this one is a firing of. */
    scheduleId: z.string().optional(),
    /** Events after which the run takes nothing new up and continues as new; Temporal ends one at 51,200. */
    maxHistoryEvents: z.int().min(100).max(40_000).default(9_000),
    snapshot: FleetSnapshot.optional(),
  })
  .refine(({ waves, members }) => waves.reduce((sum, { size }) => sum + size, 0) === members.instanceIds.length, {
    path: ['waves'],
    message: 'do not add up to the members',
  })
  .refine(({ members: { instanceIds } }) => new Set(instanceIds).size === instanceIds.length, {
    path: ['members', 'instanceIds'],
    message: 'have a VM twice',
  })
  .refine(({ rollout: { approval }, requestedBy }) => !approval.preventSelfApproval || requestedBy !== undefined, {
    path: ['requestedBy'],
    message: 'is needed where another person has to approve',
  })
  .superRefine((input, context) => {
    // One that continues as new has been found to fit, and goes on in any case.
    const why = input.snapshot === undefined ? whyTooLarge(input) : null;
    if (why !== null) context.addIssue({ code: 'custom', path: ['members'], message: why });
  })
  .meta({ id: 'FleetInput' });
export type FleetInput = z.output<typeof FleetInput>;
