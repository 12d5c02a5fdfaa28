import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureType } from '../../contracts/failures.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { inLane, type Lane, type LaneOptions } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

/** A rebuild that takes four seconds on the lane's clock: several settle times. */
const SLOW: LaneOptions = { status: 'stopped', timing: { rebuilding: 800_000 } };

/** A read of the VM by a poll, and one that a step makes of its own. */
const POLL = 'describeBriefInstances';
const OWN_READ = 'describeInstances';

/** Starts a rebuild of a VM that is to stay stopped, and returns once two polls have seen it `rebuilding`. */
async function startSeen({ cloud, worker, instanceId }: Lane, imageId: string) {
  const handle = await worker.start(requestFor(instanceId, { imageId }));
  await cloud.waitFor(({ vm }) => vm(instanceId).status === 'rebuilding', 120_000);
  const polls = () => cloud.journal.calls({ operation: POLL }).length;
  const before = polls();
  await cloud.waitFor(() => polls() >= before + 2, 120_000);
  return handle;
}

/** Runs the rebuild to its end, and holds that it did not end before it was over in the cloud. */
async function assertDoneWhenOver(
  lane: Lane,
  handle: Awaited<ReturnType<typeof startSeen>>,
  end: FailureType | 'done' = 'done',
): Promise<void> {
  const { outcome, failure, power } = await outcomeOf(handle);
  const { status, task } = lane.cloud.vm(lane.instanceId);
  const told = [failure?.type ?? outcome, power.after, status, task];
  assert.deepEqual(told, [end, 'stopped', 'stopped', null], failure?.message);
  assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
}

const CLOUDS = [
  { imageIdChanges: 'end', diskIdChanges: 'end' },
  { imageIdChanges: 'end', diskIdChanges: 'never' },
  { imageIdChanges: 'acceptance', diskIdChanges: 'acceptance' },
  { imageIdChanges: 'acceptance', diskIdChanges: 'never' },
] as const;

/** The reads that lag do so for less than the settle time, also on a busy machine; the rebuild takes longer. */
const LAGGING: LaneOptions = {
  ...SLOW,
  timing: { rebuilding: 1_600_000 },
  worker: { timing: { settleMs: 4_000 } },
};

describe('a VM that is to stay stopped is not done while it is being rebuilt', { concurrency: 4 }, () => {
  for (const assumptions of CLOUDS)
    for (const [image, imageId] of [
      ['the same image', DEFAULT_IMAGE_ID],
      ['another image', OTHER_IMAGE_ID],
    ] as const)
      it(`given reads of both kinds that show what was before, onto ${image}, in a cloud that changes ids at ${Object.values(assumptions).join('/')}`, () =>
        inLane({ ...LAGGING, assumptions }, async (lane) => {
          const handle = await startSeen(lane, imageId);
          for (const operation of [POLL, OWN_READ]) lane.cloud.addFault({ operation, times: 3, kind: { stale: true } });

          const isUsageUnknown = assumptions.diskIdChanges === 'never' && imageId === DEFAULT_IMAGE_ID;
          await assertDoneWhenOver(lane, handle, isUsageUnknown ? 'RebuildOutcomeUnknown' : 'done');
        }));

  it('given polls that show what was before for longer than the settle time, while a read of its own does not', () =>
    inLane(SLOW, async (lane) => {
      const handle = await startSeen(lane, DEFAULT_IMAGE_ID);
      lane.cloud.addFault({ operation: POLL, times: 20, kind: { stale: true } });

      await assertDoneWhenOver(lane, handle);
    }));
});

describe('a rebuild that shows its end by itself', () => {
  it('is not held up by the settle time', () =>
    inLane({ ...SLOW, worker: { timing: { settleMs: 60_000 } } }, async (lane) => {
      for (const imageId of [OTHER_IMAGE_ID, OTHER_IMAGE_ID]) {
        const handle = await startSeen(lane, imageId);
        const { outcome, timeline } = await outcomeOf(handle);

        assert.equal(outcome, 'done');
        const { startedAt = '', finishedAt } = timeline.find(({ phase }) => phase === 'rebuilding') ?? {};
        const tookMs = Date.parse(finishedAt ?? '') - Date.parse(startedAt);
        assert.ok(tookMs < 40_000, `it took ${tookMs} ms`);
      }
    }));
});
