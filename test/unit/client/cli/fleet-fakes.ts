import { failureOf } from '../../../../client/connection/errors.js';
import type { FleetOperation } from '../../../../client/fleets/operation.js';
import { planDigest } from '../../../../client/fleets/plan.js';
import type { FailureType } from '../../../../contracts/failures.js';
import { FleetPlan, type FleetRow } from '../../../../contracts/fleet/fleet-plan.js';
import {
  FleetCounts,
  type FleetResult,
  type FleetSummary,
  MEMBER_STATES,
  type MemberProgress,
  type MemberState,
} from '../../../../contracts/fleet/fleet-progress.js';
import { NOW } from './fake-deps.js';

export const FLEET = { regionId: 'cn-north-1', fleetId: 'web-1f0c53d5' } as const;
const STARTED = '2026-11-24T06:00:00.000Z';

export function counts(given: Partial<Record<MemberState, number>> = {}): FleetCounts {
  return FleetCounts.parse(Object.fromEntries(MEMBER_STATES.map((state) => [state, given[state] ?? 0])));
}

export function summary(overrides: Partial<FleetSummary> = {}): FleetSummary {
  return {
    ...FLEET,
    planDigest: '1f0c53d5aa',
    imageId: 'img-new',
    status: 'rebuilding',
    reason: '3 under way',
    wave: { index: 2, count: 7, name: 'wave 3' },
    counts: counts({ done: 41, rebuilding: 3, held: 1, waiting: 55 }),
    size: 100,
    unavailable: { current: 3, limit: 10 },
    failures: { current: 0, limit: 4 },
    held: { current: 1, limit: 1 },
    nextEvent: null,
    startedAt: STARTED,
    requestedBy: 'alice',
    auditEntries: [],
    ...overrides,
  };
}

/** A fleet under way, as its summary says. */
export function fleet(overrides: Partial<FleetOperation> = {}): FleetOperation {
  const told = overrides.summary === undefined ? summary() : overrides.summary;
  return {
    operationId: 'reimage:cn-north-1:web-1f0c53d5',
    runId: '0b6d5d2e-6a3c-4f0e-9f57-1f0c53d5a001',
    ...FLEET,
    name: 'web',
    status: told?.status ?? 'waiting',
    isRunning: true,
    imageId: 'img-new',
    planDigest: '1f0c53d5aa',
    size: 100,
    startedAt: STARTED,
    finishedAt: null,
    requestedBy: 'alice',
    reason: null,
    retryOf: null,
    rollbackOf: null,
    note: null,
    result: null,
    ...overrides,
    summary: told,
  };
}

/** A fleet that has ended, by this failure or well. */
export function endedFleet(type: FailureType | null = null, overrides: Partial<FleetResult> = {}): FleetOperation {
  const outcome = type === null ? 'done' : type === 'FleetFailed' ? 'failed' : 'aborted';
  const result: FleetResult = {
    outcome,
    ...FLEET,
    planDigest: '1f0c53d5aa',
    imageId: 'img-new',
    counts: counts({ done: 99, failed: 1 }),
    startedAt: STARTED,
    finishedAt: NOW.toISOString(),
    auditEntries: [{ at: STARTED, action: 'approve', by: 'bob', reason: 'looks fine' }],
    ...(type !== null && { failure: { type, message: 'no more', next: failureOf(type, '').next } }),
    ...overrides,
  };
  return fleet({ status: outcome, isRunning: false, finishedAt: result.finishedAt, summary: null, result });
}

export function member(instanceId: string, overrides: Partial<MemberProgress> = {}): MemberProgress {
  return {
    instanceId,
    az: 'cn-north-1a',
    wave: 0,
    state: 'done',
    imageBefore: 'img-old',
    imageId: 'img-new',
    startedAt: STARTED,
    finishedAt: null,
    reason: null,
    failure: null,
    backupImageId: null,
    ...overrides,
  };
}

/** A plan of two VMs, or of other rows, with the digest that it has. */
export function fleetPlan(rows: readonly Partial<FleetRow>[] = [{}, { instanceId: 'i-a2' }]): FleetPlan {
  const plan = FleetPlan.parse({
    planId: 'plan-reimage:cn-north-1:web:1',
    digest: '',
    plannedAt: STARTED,
    spec: {
      name: 'web',
      regionId: 'cn-north-1',
      select: { name: '*' },
      image: { id: 'img-new' },
      rebuild: { keyNames: ['ops'] },
    },
    image: { imageId: 'img-new', name: null, isNew: false },
    waves: [{ name: 'wave 1', size: rows.filter(({ wave }) => wave !== null).length }],
    limits: {
      unavailable: { fleet: 1 },
      failures: { fleet: 0, strict: false },
      held: 1,
    },
    rows: rows.map((row) => ({
      instanceId: 'i-a1',
      name: 'web-1',
      az: 'cn-north-1a',
      group: null,
      status: 'running',
      imageBefore: 'img-old',
      skip: null,
      unhealthyReason: null,
      wave: 0,
      ...row,
    })),
    estimate: { rebuild: { p50Seconds: 60, p90Seconds: 90, samples: 0 }, totalSeconds: 120, apiCalls: 20 },
    nextWindows: [],
    warnings: [],
  });
  return { ...plan, digest: planDigest(plan) };
}
