import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { readWorkerConfig } from '../../../temporal/worker-config.js';
import { Timing } from '../../../simulator/timing.js';

/** How long a rebuild takes in the simulator, before its time is compressed. */
export interface RehearsedTimes {
  readonly timing: Timing;
  /** All of it: stop, backup where there is one, rebuild, start, and that a worker sees each end only at its next look. */
  readonly rebuildSeconds: number;
  /** Rebuilds of the namespace that it was reckoned from; 0: the simulator's own times. */
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
