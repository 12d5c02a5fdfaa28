import type { FleetPlan, FleetRow } from '../../../../contracts/fleet/fleet-plan.js';
import { FleetSpec, type FleetSpecInput } from '../../../../contracts/fleet/fleet-spec.js';

export const SPEC: FleetSpecInput = {
  name: 'web',
  regionId: 'cn-north-1',
  select: { tags: [{ key: 'app', values: ['web'] }] },
  image: { id: 'img-new' },
  rebuild: { keyNames: ['ops'] },
  rollout: { canary: 1, bakeSeconds: 60 },
};

/** A row of a plan: rebuilt in a wave, or, for null, skipped as excluded. */
export function row(instanceId: string, wave: number | null, overrides: Partial<FleetRow> = {}): FleetRow {
  return {
    instanceId,
    name: `name-of-${instanceId}`,
    az: 'cn-north-1a',
    group: null,
    status: 'running',
    imageBefore: 'img-old',
    skip: wave === null ? { code: 'excluded', reasons: ['The fleet excludes it.'] } : null,
    unhealthyReason: null,
    wave,
    ...overrides,
  };
}

/** A plan of three VMs in two waves, and one that is excluded. */
export function fleetPlan(overrides: Partial<FleetPlan> = {}): FleetPlan {
  return {
    planId: 'plan-reimage:cn-north-1:web:1',
    digest: 'f00d'.repeat(16),
    plannedAt: '2026-11-24T06:00:00.000Z',
    spec: FleetSpec.parse(SPEC),
    image: { imageId: 'img-new', name: 'web 2026-11', isNew: true },
    waves: [
      { name: 'canary', size: 1 },
      { name: 'wave 2', size: 2 },
    ],
    limits: { unavailable: { fleet: 1 }, failures: { fleet: 0, strict: false }, held: 1 },
    rows: [row('i-a1', 0), row('i-a2', 1), row('i-a3', 1), row('i-a4', null)],
    estimate: { rebuild: { p50Seconds: 100, p90Seconds: 200, samples: 4 }, totalSeconds: 500, apiCalls: 154 },
    nextWindows: [],
    warnings: [],
    ...overrides,
  };
}
