import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { type FleetLane, fleetLane } from '../workflows/fleet/fleet-lane.js';
import { ServerTimes } from './server-times.js';

/** A start, a stop or an erase that reached the cloud. */
export interface Touch {
  readonly instanceId: string;
  readonly operation: string;
  /** By the server's clock, milliseconds since 1970. */
  readonly at: number;
}

/**
 * A cloud on compressed time, a worker that knows only it, and a Temporal server that skips time: while a test awaits
 * the result of a workflow, or skips by itself, its clock goes from one timer to the next. At all other times, and
 * whenever an activity is under way, it goes as any clock.
 */
export interface SkippingWorld {
  readonly lane: FleetLane;
  /** So many VMs that no other case has taken, with the world's cloud and worker. */
  readonly take: (count: number) => FleetLane;
  /** By the server's clock, milliseconds since 1970. */
  readonly now: () => Promise<number>;
  /** Lets everything happen until a moment of the server's clock. @throws RangeError when that has passed */
  readonly skipTo: (at: number) => Promise<void>;
  /** What was done to a VM, in its order. */
  readonly touches: (instanceId: string) => readonly Touch[];
}

const CHANGING = ['stopInstance', 'rebuildInstance', 'startInstance'];

/** Moments, by the server's clock. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Of each case: a fleet that never ends skips from timer to timer for as long as anybody waits for it. */
export const LIMIT = { timeout: 90_000 };

/** Rebuilds are over soon; a start takes so long that its passing status is seen. */
const TIMING = { starting: 300_000 };

/** Starts the server at a path, with a worker. Both end with the scope. */
export async function skippingWorld(scope: Scope, path: string, size: number): Promise<SkippingWorld> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  defer(scope, () => env.teardown());
  await registerSearchAttributes(env);
  const { address, client, nativeConnection } = env;
  const settings = { address, namespace: 'default', connectionOptions: { address } };
  const now = () => env.currentTimeMs();
  const times = new ServerTimes(now);
  const worker = { temporal: { settings, client, nativeConnection }, around: times.around };
  const lane = await fleetLane(scope, { size, compress: 1_000, timing: TIMING, worker });
  let taken = 0;
  return {
    lane,
    take: (count) => {
      const ids = lane.ids.slice(taken, (taken += count));
      if (ids.length < count) throw new RangeError(`the world has only ${lane.ids.length} VMs`);
      return { ...lane, ids };
    },
    now,
    skipTo: async (at) => {
      const ms = at - (await now());
      if (ms < 0) throw new RangeError(`${new Date(at).toISOString()} has passed ${-ms} ms ago`);
      await env.sleep(ms);
    },
    touches: (instanceId) =>
      lane.cloud.journal
        .calls({ instanceId, performed: true })
        .filter(({ operation }) => CHANGING.includes(operation))
        .map((call) => ({ instanceId, operation: call.operation, at: times.of(call) })),
  };
}

/** It has no visibility, so that it cannot tell which it knows already. */
async function registerSearchAttributes({ connection }: TestWorkflowEnvironment): Promise<void> {
  const { IndexedValueType } = proto.temporal.api.enums.v1;
  await connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTE).map(({ name, type }) => [name, IndexedValueType[`INDEXED_VALUE_TYPE_${type}`]]),
    ),
  });
}
