import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureType } from '../../contracts/failures.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { inLane, type LaneOptions } from '../fixtures/lane.js';
import { requestFor } from '../fixtures/requests.js';

interface Fate {
  readonly name: string;
  readonly fault: FaultRule;
  readonly type: FailureType | null;
  /** The VM's status at the end, in the cloud and in the result; null when it is gone. */
  readonly status: string | null;
  readonly rebuilds: number;
  readonly request?: Partial<RebuildRequestInput>;
  readonly lane?: LaneOptions;
}

const FATES: readonly Fate[] = [
  {
    name: 'a stop that JD Cloud gives up',
    fault: { operation: 'stopInstance', kind: { outcome: 'reverts' } },
    type: 'StopReverted',
    status: 'running',
    rebuilds: 0,
    lane: { timing: { stopping: 100_000 } },
  },
  {
    name: 'a stop that never ends',
    fault: { operation: 'stopInstance', kind: { outcome: 'stuck' } },
    type: 'DeadlineExceeded',
    status: 'stopping',
    rebuilds: 0,
    request: { deadlines: { stoppingSeconds: 10, startingSeconds: 10 } },
  },
  {
    name: 'a stop that ends in error',
    fault: { operation: 'stopInstance', kind: { outcome: 'error' } },
    type: 'VmInError',
    status: 'error',
    rebuilds: 0,
  },
  {
    name: 'a VM deleted while it stops',
    fault: { operation: 'stopInstance', kind: { outcome: 'disappears' } },
    type: 'VmDeleted',
    status: null,
    rebuilds: 0,
  },
  {
    name: 'a rebuild that ends in error',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'error' } },
    type: 'VmInError',
    status: 'error',
    rebuilds: 1,
  },
  {
    name: 'a rebuild that never ends',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'stuck' } },
    type: 'DeadlineExceeded',
    status: 'rebuilding',
    rebuilds: 1,
    request: { deadlines: { rebuildingSeconds: 10, startingSeconds: 10 } },
  },
  {
    name: 'a VM deleted while it is rebuilt',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'disappears' } },
    type: 'VmDeleted',
    status: null,
    rebuilds: 1,
  },
  {
    name: 'a rebuild that leaves the old image',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'stays-old' } },
    type: 'RebuildNotApplied',
    status: 'running',
    rebuilds: 1,
  },
  {
    name: 'a rebuilt VM that comes back running by itself',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'comes-back-running' } },
    type: null,
    status: 'running',
    rebuilds: 1,
  },
  {
    name: 'a rebuilt VM that comes back running and is to be stopped',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'comes-back-running' } },
    type: null,
    status: 'stopped',
    rebuilds: 1,
    request: { power: 'stopped' },
  },
  {
    name: 'a start that JD Cloud gives up',
    fault: { operation: 'startInstance', kind: { outcome: 'reverts' } },
    type: 'StartRefused',
    status: 'stopped',
    rebuilds: 1,
    lane: { timing: { starting: 100_000 } },
  },
  {
    name: 'a start that ends in error',
    fault: { operation: 'startInstance', kind: { outcome: 'error' } },
    type: 'VmInError',
    status: 'error',
    rebuilds: 1,
  },
  {
    name: 'a start for which there is no stock',
    fault: {
      operation: 'startInstance',
      kind: {
        status: 400,
        code: 'FAILED_PRECONDITION',
        message: "InstanceType 'g.n2.large' is out of stock",
        when: 'before',
      },
    },
    type: 'OutOfStock',
    status: 'stopped',
    rebuilds: 1,
  },
  {
    name: 'a task of JD Cloud that holds the VM for too long before the rebuild',
    fault: {
      operation: 'rebuildInstance',
      times: 'always',
      kind: {
        status: 400,
        code: 'FAILED_PRECONDITION',
        message: "Conflict with underlay task 'createImage'",
        when: 'before',
      },
    },
    type: 'VmTaskConflict',
    status: 'running',
    rebuilds: 0,
  },
  {
    name: '503 to every rebuild call until the deadline',
    fault: { operation: 'rebuildInstance', times: 'always', kind: { status: 503, when: 'before' } },
    type: 'DeadlineExceeded',
    status: 'running',
    rebuilds: 0,
    request: { deadlines: { rebuildingSeconds: 10 } },
  },
  {
    name: '503 to every read until the deadline of the validation',
    fault: { operation: 'describeInstances', times: 'always', kind: { status: 503, when: 'before' } },
    type: 'JdCloudUnavailable',
    status: 'running',
    rebuilds: 0,
    request: { deadlines: { validatingSeconds: 5 } },
  },
];

describe('what becomes of a VM', { concurrency: 4 }, () => {
  for (const { name, fault, type, status, rebuilds, request = {}, lane = {} } of FATES) {
    it(`${name}: ${type ?? 'done'}, ${status ?? 'gone'}`, () =>
      inLane(lane, async ({ cloud, worker, instanceId }) => {
        cloud.addFault(fault);
        const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, ...request }));

        assert.equal(result.failure?.type ?? null, type, result.failure?.message);
        assert.equal(result.outcome, type === null ? 'done' : 'failed');
        assert.equal(cloud.journal.effective('rebuildInstance', instanceId), rebuilds);
        if (status === null) assert.throws(() => cloud.vm(instanceId));
        else assert.equal(cloud.vm(instanceId).status, status);
        if (type !== null && type !== 'JdCloudUnavailable') {
          assert.equal(result.failure?.state?.status, status, 'the result names the state the VM was left in');
          assert.ok((result.failure?.next.length ?? 0) > 0);
        }
      }));
  }
});
