import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../../simulator/builders.js';
import type { FaultRule } from '../../simulator/fault-rule.js';
import { inLane } from '../support/lane.js';
import { requestFor } from '../support/requests.js';

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
