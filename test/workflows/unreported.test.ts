import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { requestFor } from '../fixtures/requests.js';

/** The call is performed, and its answer comes later than its phase may last and sooner than the client gives it up. */
const LATE = { delayMs: 8_500, when: 'after' } as const;
const DEADLINE_SECONDS = 6;

interface Unreported {
  readonly operation: string;
  readonly request: Partial<RebuildRequestInput>;
  /** Makes the attempt before fail with no call out. */
  readonly harmless: FaultRule;
  /** Calls of the operation that come before the one under test. */
  readonly skip?: number;
  readonly promises: (lane: Lane, result: RebuildResult) => void;
}

const busy = { status: 400, code: 'FAILED_PRECONDITION', message: 'Conflict with underlay task' } as const;

/** Each call that changes something, its deadline passing while it is out. */
const CALLS: readonly Unreported[] = [
  {
    operation: 'rebuildInstance',
    request: { deadlines: { rebuildingSeconds: DEADLINE_SECONDS } },
    harmless: { operation: 'describeImages', skip: 1, kind: { status: 503 } },
    promises: ({ cloud, instanceId }, result) => {
      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
      assert.equal(cloud.vm(instanceId).status, 'running');
    },
  },
  {
    operation: 'stopInstance',
    request: { deadlines: { stoppingSeconds: DEADLINE_SECONDS } },
    harmless: { operation: 'stopInstance', kind: busy },
    skip: 1,
    promises: ({ cloud, instanceId }, result) => {
      assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
      assert.equal(cloud.vm(instanceId).status, 'running', 'it has its old power state back');
    },
  },
  {
    operation: 'startInstance',
    request: { deadlines: { startingSeconds: DEADLINE_SECONDS } },
    harmless: { operation: 'startInstance', kind: busy },
    skip: 1,
    promises: ({ cloud, instanceId }, result) => {
      assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
      assert.equal(cloud.vm(instanceId).status, 'running');
      assert.equal(result.power.after, 'running', 'and it is told so: the VM is kept until the call shows');
    },
  },
  {
    operation: 'createImage',
    request: { backup: 'image', deadlines: { backingUpSeconds: DEADLINE_SECONDS } },
    harmless: { operation: 'createImage', kind: busy },
    skip: 1,
    promises: ({ cloud }, result) => {
      assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
      const made = cloud.journal.calls({ operation: 'createImage' }).filter(({ performed }) => performed);
      assert.equal(made.length, 1);
      assert.ok(result.backup, 'the image that was made is told');
      const [ready] = cloud.journal.changes({ imageId: result.backup.imageId, to: 'ready' });
      assert.ok(ready, 'and it is the one');
    },
  },
];

/** What is told of the VM is what it is in, or that nobody knows. */
function assertTrue({ cloud, instanceId }: Lane, { power, imageAfter }: RebuildResult): void {
  const { status, imageId } = cloud.vm(instanceId);
  assert.deepEqual([power.after ?? status, imageAfter ?? imageId], [status, imageId]);
}

describe(
  'a call that is out when its deadline passes, after an attempt that had none out',
  { concurrency: true },
  () => {
    for (const { operation, request, harmless, skip = 0, promises } of CALLS)
      it(`${operation}: nothing is believed of it that only the attempt before could know`, () =>
        inLane({}, async (lane) => {
          const { cloud, worker, instanceId } = lane;
          cloud.addFault(harmless);
          cloud.addFault({ operation, skip, kind: LATE });
          const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, ...request }));

          assertTrue(lane, result);
          promises(lane, result);
        }));
  },
);
