import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { readLiveFacts } from '../../client/connection/live-facts.js';
import { FAILURES, type FailureType } from '../../contracts/failures.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import { assertTold } from './way-out-run.js';

type Status = 401 | 403 | 'quota';

const TYPE: Readonly<Record<Status, FailureType>> = {
  401: 'CredentialsRefused',
  403: 'PermissionDenied',
  quota: 'QuotaExceeded',
};

const refusing = (operation: string, status: Status): FaultRule => {
  const kind = status === 'quota' ? ({ quota: true } as const) : { status, when: 'before' as const };
  return { operation, times: 'always', kind };
};

const callsOf = ({ cloud }: Lane, operation: string) => cloud.journal.calls({ operation }).length;

/** What the server shows of the step under way. */
async function lastErrorOf(lane: Lane, handle: WorkflowHandle): Promise<string> {
  const { raw } = await handle.describe();
  const { lastError } = await readLiveFacts(raw.pendingActivities, lane.worker.client.options.loadedDataConverter);
  return lastError ?? '';
}

describe('before the VM has been touched, a refusal of the account is the end', { concurrency: 4 }, () => {
  for (const status of [401, 403, 'quota'] as const) {
    it(`${status} to the first look: nothing is asked for again`, () =>
      inLane({}, async (lane) => {
        lane.cloud.addFault(refusing('*', status));

        const result = await lane.worker.execute(requestFor(lane.instanceId));

        assert.equal(result.failure?.type, TYPE[status], result.failure?.message);
        assert.deepEqual([result.attempts['validating'], callsOf(lane, 'stopInstance')], [1, 0]);
      }));

    it(`${status} to the stop: one call, nothing to undo, and the VM is told as it is`, () =>
      inLane({}, async (lane) => {
        lane.cloud.addFault(refusing('stopInstance', status));

        const result = await lane.worker.execute(requestFor(lane.instanceId));

        assert.equal(result.failure?.type, TYPE[status], result.failure?.message);
        const phases = result.timeline.map(({ phase }) => phase);
        assert.deepEqual([callsOf(lane, 'stopInstance'), phases], [1, ['validating', 'stopping', 'failed']]);
        assertTold(lane, result);
      }));

    it(`${status} to the rebuild call of a VM that was stopped: one call`, () =>
      inLane({ status: 'stopped' }, async (lane) => {
        lane.cloud.addFault(refusing('rebuildInstance', status));

        const result = await lane.worker.execute(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID }));

        assert.equal(result.failure?.type, TYPE[status], result.failure?.message);
        assert.equal(callsOf(lane, 'rebuildInstance'), 1);
        assertTold(lane, result);
      }));
  }

  it('401 to metadata alone, as to all else: it does not count as a right that is missing', () =>
    inLane({}, async (lane) => {
      lane.cloud.addFault(refusing('describeInstancesCustomData', 401));

      const result = await lane.worker.execute(requestFor(lane.instanceId));

      assert.equal(result.failure?.type, 'CredentialsRefused', result.failure?.message);
      assert.equal(callsOf(lane, 'stopInstance'), 0);
    }));
});

interface Lasting {
  readonly operation: string;
  readonly status: Status;
  readonly deadlines: Readonly<Record<string, number>>;
  readonly begins: (lane: Lane) => boolean;
}

const LASTING: readonly Lasting[] = [
  {
    operation: 'describeBriefInstances',
    status: 401,
    deadlines: { rebuildingSeconds: 20 },
    begins: ({ cloud, instanceId }) => cloud.vm(instanceId).status === 'rebuilding',
  },
  { operation: 'startInstance', status: 403, deadlines: { startingSeconds: 20 }, begins: () => true },
  { operation: 'rebuildInstance', status: 'quota', deadlines: { rebuildingSeconds: 20 }, begins: () => true },
];

describe('a refusal that lasts until the deadline', { concurrency: 4 }, () => {
  for (const { operation, status, deadlines, begins } of LASTING) {
    it(`${status} to ${operation}: is told while it lasts, with its end, and ends as what it is`, () =>
      inLane({}, async (lane) => {
        const { cloud, worker, instanceId } = lane;
        const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines }));
        await cloud.waitFor(() => begins(lane), 120_000);
        cloud.addFault(refusing(operation, status));
        const said = /JD Cloud answered 4\d\d .*; the VM has been touched, so this is tried until 20\d\d-.*Z/;
        await eventually('it says so', async () => said.test(await lastErrorOf(lane, handle)));

        const { failure } = await outcomeOf(handle);

        assert.equal(failure?.type, TYPE[status], failure?.message);
        assert.match(failure.message, said);
        assert.ok(failure.requestId !== null && cloud.journal.calls({ operation }).some(isOf(failure.requestId)));
        assert.equal(failure.next, FAILURES[TYPE[status]].next);
      }));
  }

  it('to the rebuild call: the disk is the old one, and the VM gets its power state back', () =>
    inLane({}, async (lane) => {
      lane.cloud.addFault(refusing('rebuildInstance', 403));
      const request = { imageId: OTHER_IMAGE_ID, deadlines: { rebuildingSeconds: 6 } };

      const result = await lane.worker.execute(requestFor(lane.instanceId, request));

      assert.equal(result.failure?.type, 'PermissionDenied', result.failure?.message);
      const { status, imageId } = lane.cloud.vm(lane.instanceId);
      assert.deepEqual([status, imageId], ['running', DEFAULT_IMAGE_ID]);
      assertTold(lane, result);
    }));

  it('and is cancelled meanwhile: the VM gets its power state back at once', () =>
    inLane({}, async (lane) => {
      lane.cloud.addFault(refusing('rebuildInstance', 403));
      const handle = await lane.worker.start(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID }));
      await lane.cloud.waitFor(() => callsOf(lane, 'rebuildInstance') > 1, 120_000);
      await handle.cancel();

      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'cancelled', result.failure?.message);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
      assertTold(lane, result);
    }));
});

function isOf(requestId: string) {
  return (call: { readonly requestId: string }) => call.requestId === requestId;
}
