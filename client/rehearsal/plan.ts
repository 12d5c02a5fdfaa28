import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { Timing } from '../../simulator/model/assumptions.js';
import { readWorkerConfig } from '../../temporal/worker/config.js';
import { planDigest } from '../fleets/plan.js';

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
  const { maxObservationAgeSeconds } = rollout.maxUnavailable;
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
        maxUnavailable: {
          ...rollout.maxUnavailable,
          maxObservationAgeSeconds: Math.max(1, Math.floor(maxObservationAgeSeconds / compress)),
        },
      },
    },
    nextWindows: [],
  };
  return { ...rehearsed, digest: planDigest(rehearsed) };
}

/** How long a rebuild takes in the simulator, before its time is compressed. */
export interface RehearsedTimes {
  readonly timing: Timing;
  /** All of it: stop, backup where there is one, rebuild, start, and that a worker sees each end only at its next look. */
  readonly rebuildSeconds: number;
  /** Rebuilds of the namespace that it was computed from; 0: the simulator's own times. */
  readonly samples: number;
}

/** On average a wait is over half a pause between two looks after what it waits for. */
const LATE_SECONDS = readWorkerConfig({}).pollIntervalMs / 1000 / 2;

/**
 * Gives stop, backup, rebuild and start such times that a rebuild takes as long as half of the namespace's own finished
 * ones have, in the proportions of the simulator's times: the whole is measured, its parts are not. Without any finished
 * rebuild they are the simulator's own. Pure.
 */
export function rehearsedTimes({ estimate: { rebuild }, spec }: Pick<FleetPlan, 'estimate' | 'spec'>): RehearsedTimes {
  const { stopping, acceptedVisibleAfter, rebuilding, starting, creatingImage } = Timing.parse({});
  const hasBackup = spec.rebuild.backup === 'image';
  const backup = hasBackup ? creatingImage : 0;
  const ownSeconds = (stopping + acceptedVisibleAfter + rebuilding + starting + backup) / 1000;
  const { samples, p50Seconds } = rebuild;
  const isMeasured = samples > 0 && p50Seconds > 0;
  const lateSeconds = (hasBackup ? 4 : 3) * LATE_SECONDS;
  const rebuildSeconds = isMeasured ? p50Seconds : ownSeconds + lateSeconds;
  // What is measured holds its looks already. No rebuild of theirs is so quick that nothing else would be left.
  const factor = isMeasured ? Math.max(0.1, (p50Seconds - lateSeconds) / ownSeconds) : 1;
  const timing = Timing.parse({
    stopping: stopping * factor,
    // Not longer than a worker waits for a sign of its call, however slow the rebuilds are.
    acceptedVisibleAfter: acceptedVisibleAfter * Math.min(factor, 10),
    rebuilding: rebuilding * factor,
    starting: starting * factor,
    creatingImage: creatingImage * factor,
  });
  return { timing, rebuildSeconds, samples: isMeasured ? samples : 0 };
}
