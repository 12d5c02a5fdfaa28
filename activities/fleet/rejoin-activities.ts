import type { RebuildEnd, RebuildRun } from '../../contracts/fleet-failures.js';
import { limitTo } from '../rebuild/wait-until.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { askServer, type FleetNamespace } from '../runtime/namespace.js';
import { pause, type Timing } from '../runtime/time.js';

export interface RejoinDeps {
  readonly namespace: Pick<FleetNamespace, 'rebuildEnd'>;
  readonly timing: Pick<Timing, 'pollIntervalMs'>;
  /** Aborted when the worker stops. */
  readonly stopping: AbortSignal;
}

/** Rebuilds of one fleet that are under way. */
export interface RebuildsUnderWay {
  readonly regionId: string;
  readonly rebuilds: readonly RebuildRun[];
  /** When the wait ends of itself, ISO 8601. */
  readonly deadlineAt: string;
}

/** One of them that has ended. */
export interface EndedRebuild {
  readonly instanceId: string;
  readonly end: RebuildEnd;
}

/** Ends that are told at a time: each holds a whole result. */
const MOST_ENDS = 50;

/** Asked at a time. */
const CONCURRENCY = 10;

/** So that 500 rebuilds cost the server no more than some fifty questions a second. */
const LEAST_MS_A_REBUILD = 20;

/** Waits for rebuilds that an earlier run of a fleet has started. */
export function createRejoinActivities({ namespace, timing, stopping }: RejoinDeps) {
  return {
    /**
     * Waits until at least one of the rebuilds has ended, heartbeating: one activity for all of them, so that fleets that
     * wait leave the worker its places.
     * @returns those that have ended, 50 at most; none when the deadline comes first
     * @throws ApplicationFailure TemporalUnreachable (retryable)
     */
    async waitForRebuilds({ regionId, rebuilds, deadlineAt }: RebuildsUnderWay): Promise<EndedRebuild[]> {
      const deadline = new Error(`None of the rebuilds has ended until ${deadlineAt}.`);
      const limits = limitTo(stopping, deadlineAt, () => deadline);
      const endOf = async (rebuild: RebuildRun): Promise<EndedRebuild | null> => {
        limits.signal.throwIfAborted();
        const end = await askServer('tell how a rebuild ended', () => namespace.rebuildEnd({ regionId, ...rebuild }));
        return end === null ? null : { instanceId: rebuild.instanceId, end };
      };
      try {
        return await heartbeating(async () => {
          for (;;) {
            const ends = await mapConcurrent(rebuilds, endOf);
            if (ends.length > 0) return ends;
            await pause(Math.max(timing.pollIntervalMs, rebuilds.length * LEAST_MS_A_REBUILD), limits.signal);
          }
        });
      } catch (error) {
        if (error === deadline) return [];
        throw error;
      } finally {
        limits.release();
      }
    },
  };
}

async function mapConcurrent(
  rebuilds: readonly RebuildRun[],
  endOf: (rebuild: RebuildRun) => Promise<EndedRebuild | null>,
): Promise<EndedRebuild[]> {
  const ends: EndedRebuild[] = [];
  for (let from = 0; from < rebuilds.length && ends.length < MOST_ENDS; from += CONCURRENCY) {
    const asked = await Promise.all(rebuilds.slice(from, from + CONCURRENCY).map(endOf));
    ends.push(...asked.filter((end) => end !== null));
  }
  return ends.slice(0, MOST_ENDS);
}
