import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { requestFor } from '../fixtures/requests.js';

/** The call is performed a little later than its phase may last, and well within a settle time. */
const DEADLINE_SECONDS = 5;
const SETTLE_MS = 4_000;
const ON_THE_WAY = { delayMs: 5_600, when: 'before' } as const;

interface Late {
  readonly name: string;
  readonly operation: 'startInstance' | 'stopInstance';
  readonly request: Partial<RebuildRequestInput>;
  readonly faults: readonly FaultRule[];
  readonly ends: string;
}

const LATE: readonly Late[] = [
  {
    name: 'the start of a rebuilt VM',
    operation: 'startInstance',
    request: { deadlines: { startingSeconds: DEADLINE_SECONDS } },
    faults: [{ operation: 'startInstance', kind: ON_THE_WAY }],
    ends: 'running',
  },
  {
    name: 'the stop of a VM that came back running and is to be stopped',
    operation: 'stopInstance',
    request: { power: 'stopped', deadlines: { stoppingSeconds: DEADLINE_SECONDS } },
    faults: [
      { operation: 'rebuildInstance', kind: { outcome: 'comes-back-running' } },
      { operation: 'stopInstance', skip: 1, kind: ON_THE_WAY },
    ],
    ends: 'stopped',
  },
];

describe('a power call that is on its way when its deadline passes', { concurrency: true }, () => {
  for (const { name, operation, request, faults, ends } of LATE) {
    it(`${name}: the run goes on until it has taken effect, and tells what came of it`, () =>
      inLane({ worker: { timing: { settleMs: SETTLE_MS } } }, async ({ cloud, worker, instanceId }) => {
        for (const fault of faults) cloud.addFault(fault);

        const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, ...request }));

        assert.equal(result.failure?.type, 'DeadlineExceeded');
        const late = cloud.journal.changes({ instanceId, by: operation }).at(-1);
        assert.ok(late !== undefined && late.at < result.finishedAt, `it ended at ${result.finishedAt}, before it`);
        assert.deepEqual([cloud.vm(instanceId).status, result.power.after], [ends, ends]);
      }));
  }
});

describe('a power call whose answer was lost, and that comes late', { concurrency: true }, () => {
  /** Longer than a call is waited for, and within a settle time of when it was given up. */
  const late: FaultRule = { operation: 'stopInstance', times: 1, kind: { delayMs: 13_000, when: 'before' } };
  const lane = { worker: { timing: { settleMs: 6_000 } } };

  it('does not stop the VM that was given its power state back', () =>
    inLane(lane, async ({ cloud, worker, instanceId }) => {
      cloud.addFault(late);
      cloud.addFault({ operation: 'rebuildInstance', kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' } });

      const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await eventually('both stops are over', () => callsOf(cloud, 'stopInstance') === 2);

      assert.equal(result.failure?.type, 'JdCloudRefused');
      assert.deepEqual([cloud.vm(instanceId).status, result.power.after], ['running', 'running']);
    }));

  it('does not stop the VM that was rebuilt and started', () =>
    inLane(lane, async ({ cloud, worker, instanceId }) => {
      cloud.addFault(late);

      const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await eventually('both stops are over', () => callsOf(cloud, 'stopInstance') === 2);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual([cloud.vm(instanceId).status, result.power.after], ['running', 'running']);
    }));
});

function callsOf(cloud: Lane['cloud'], operation: string): number {
  return cloud.journal
    .calls()
    .filter((call) => call.operation === operation && (call.performed || call.httpStatus !== null)).length;
}
