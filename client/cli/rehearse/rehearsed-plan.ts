import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { planDigest } from '../../fleet/plan-digest.js';

/** The variable that stands in for whatever password reference a fleet names. Its value is made up for each rehearsal. */
export const PASSWORD_VARIABLE = 'REIMAGE_SECRET_REHEARSAL';

/**
 * The plan as it is rehearsed: the same VMs, waves, order, limits, failure budget, gates and template, save
 * - health checks, which would go to the real machines;
 * - the password reference, which is neither read nor given to anybody: a made-up password stands in;
 * - bakes and looks, which are compressed like all that the cloud does;
 * - maintenance windows, which are taken for open as long as it takes.
 *
 * Its digest is its own, since it is another plan. Pure.
 * @param requestedBy - who starts it where the plan does not say it
 */
export function rehearsedPlan(plan: FleetPlan, compress: number, requestedBy: string): FleetPlan {
  const { spec } = plan;
  const { passwordRef, ...template } = spec.rebuild;
  const { maintenance: _windows, ...rollout } = spec.rollout;
  const { lookSeconds } = rollout.maxUnavailable;
  const rehearsed: FleetPlan = {
    ...plan,
    spec: {
      ...spec,
      requestedBy: spec.requestedBy ?? requestedBy,
      rebuild: {
        ...template,
        ...(passwordRef !== undefined && { passwordRef: `env:${PASSWORD_VARIABLE}` }),
        healthChecks: [],
        requireHealthyBefore: false,
      },
      rollout: {
        ...rollout,
        bakeSeconds: Math.ceil(rollout.bakeSeconds / compress),
        // Rounded down: to look more often than in truth costs calls, to look less often would hide some.
        maxUnavailable: { ...rollout.maxUnavailable, lookSeconds: Math.max(1, Math.floor(lookSeconds / compress)) },
      },
    },
    openings: [],
  };
  return { ...rehearsed, digest: planDigest(rehearsed) };
}
