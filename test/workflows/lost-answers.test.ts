import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import type { FaultKind, FaultRule } from '../../simulator/model/fault-rule.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';

/*
 * When JD Cloud changes image id, disk id and metadata is unknown, and so is how long an accepted call stays
 * invisible. Whichever it is, a rebuild whose answer was lost must not be sent twice, and one that never arrived
 * must be sent again.
 */
const CLOUDS = [
  { imageIdChanges: 'end', diskIdChanges: 'end', metadataChanges: 'acceptance' },
  { imageIdChanges: 'end', diskIdChanges: 'never', metadataChanges: 'end' },
  { imageIdChanges: 'acceptance', diskIdChanges: 'acceptance', metadataChanges: 'acceptance' },
  { imageIdChanges: 'acceptance', diskIdChanges: 'never', metadataChanges: 'end' },
] as const;

const ANSWERS: readonly { name: string; kind: FaultKind | null; sends: number }[] = [
  { name: 'an answer that arrives', kind: null, sends: 1 },
  { name: '500 after performing', kind: { status: 500, when: 'after' }, sends: 1 },
  { name: 'a connection dropped after performing', kind: { drop: 'after' }, sends: 1 },
  { name: 'a connection dropped before performing', kind: { drop: 'before' }, sends: 2 },
];

const IMAGES = [
  { name: 'the same image', imageId: DEFAULT_IMAGE_ID },
  { name: 'another image', imageId: OTHER_IMAGE_ID },
];

/** How long the simulator takes to rebuild: longer than the worker settles, or so short that the worker never sees it. */
const SPEEDS = [
  { name: 'slow', timing: { rebuilding: 300_000, acceptedVisibleAfter: 60_000 } },
  { name: 'unseen', timing: { rebuilding: 100, acceptedVisibleAfter: 0 } },
];

/** Where neither image nor disk is another one, nobody can tell what is on the disk. */
const endOf = ({ diskIdChanges }: (typeof CLOUDS)[number], imageId: string) =>
  diskIdChanges === 'never' && imageId === DEFAULT_IMAGE_ID ? 'RebuildOutcomeUnknown' : 'done';

const fortyPairs = Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: 'mine' }));

describe('a rebuild is erased once', { concurrency: 2 }, () => {
  for (const assumptions of CLOUDS) {
    for (const { name: speed, timing } of SPEEDS) {
      const cloudName = Object.values(assumptions).join('/');
      // One cloud and one worker for all answers: each fault strikes its own VM only.
      it(`in a ${speed} cloud that changes ids at ${cloudName}`, { timeout: 300_000 }, async (t) => {
        const rows = ANSWERS.flatMap((answer) => IMAGES.map((image) => ({ answer, image, instanceId: uniqueVmId() })));
        const state = region({ vms: rows.map(({ instanceId }) => vm(instanceId)) });
        const cloud = await startSimulator({ compress: 200, assumptions, timing, state });
        defer(t, () => cloud.close());
        const worker = await startTestWorker(t, { cloud });
        const rebuild = async ({ answer: { name, kind, sends }, image, instanceId }: (typeof rows)[number]) => {
          if (kind !== null) cloud.addFault({ operation: 'rebuildInstance', instanceId, kind });
          const result = await worker.execute(requestFor(instanceId, { imageId: image.imageId }));
          const { status, imageId } = cloud.vm(instanceId);
          return {
            row: `${name}, onto ${image.name}`,
            told: [
              result.failure?.type ?? result.outcome,
              cloud.journal.effective('rebuildInstance', instanceId),
              status,
              imageId,
            ],
            sent: cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length === sends,
          };
        };

        const ends = await Promise.all(rows.map(rebuild));

        assert.deepEqual(
          ends,
          rows.map(({ answer, image }) => ({
            row: `${answer.name}, onto ${image.name}`,
            told: [endOf(assumptions, image.imageId), 1, 'running', image.imageId],
            sent: true,
          })),
        );
      });
    }
  }
});

describe('a VM with 40 metadata pairs of its own', { concurrency: 4 }, () => {
  const overrides = { metadata: fortyPairs };

  it('keeps them all, without our marker', () =>
    inLane({ overrides }, async ({ cloud, worker, instanceId }) => {
      const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));

      assert.equal(result.outcome, 'done');
      assert.deepEqual(cloud.vm(instanceId).metadata, fortyPairs);
      assert.ok(result.warnings.some(({ code }) => code === 'no-operation-marker'));
    }));

  for (const drop of ['before', 'after'] as const) {
    it(`ends RebuildOutcomeUnknown, not erased again, when the answer to the same image was lost ${drop} performing`, () =>
      inLane(
        { overrides, assumptions: { diskIdChanges: 'never' }, timing: { rebuilding: 100, acceptedVisibleAfter: 0 } },
        async ({ cloud, worker, instanceId }) => {
          cloud.addFault({ operation: 'rebuildInstance', instanceId, kind: { drop } });
          const result = await worker.execute(requestFor(instanceId));

          assert.equal(result.failure?.type, 'RebuildOutcomeUnknown');
          assert.equal(cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length, 1);
          assert.equal(result.failure?.state?.status, 'stopped');
          assert.equal(cloud.vm(instanceId).status, 'stopped');
        },
      ));
  }

  it('is told by the image when the answer to another image was lost', () =>
    inLane({ overrides }, async ({ cloud, worker, instanceId }) => {
      cloud.addFault({ operation: 'rebuildInstance', instanceId, kind: { drop: 'after' } });
      const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
    }));
});

describe('a rebuild whose call was lost before it arrived, and is not to be sent again', { concurrency: 2 }, () => {
  const lost: FaultRule = { operation: 'rebuildInstance', kind: { drop: 'before' } };

  it('waits for nothing: the VM is given its power state back, and the result says that time ran out', () =>
    // Looking for the call takes longer than the phase may last.
    inLane({ worker: { timing: { settleMs: 20_000 } } }, async ({ cloud, worker, instanceId }) => {
      cloud.addFault(lost);
      const result = await worker.execute(
        requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines: { rebuildingSeconds: 12 } }),
      );

      assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
      assertUntouched(cloud, instanceId, result);
    }));

  it(
    'waits for nothing: the VM is given its power state back, and the rebuild is cancelled',
    { timeout: 240_000 },
    () =>
      // As in production it is looked for longer than a worker may be silent.
      inLane({ worker: { timing: { settleMs: 35_000 } } }, async ({ cloud, worker, instanceId }) => {
        cloud.addFault(lost);
        const handle = await worker.start(
          requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines: { rebuildingSeconds: 300 } }),
        );
        await cloud.waitFor(
          () => cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length > 0,
          120_000,
        );
        await handle.cancel();
        const result = await outcomeOf(handle);

        assert.equal(result.outcome, 'cancelled', result.failure?.message);
        assertUntouched(cloud, instanceId, result);
      }),
  );
});

/** It was stopped for a rebuild whose call came to nothing, was given its power state back, and the result tells so. */
function assertUntouched(
  cloud: Lane['cloud'],
  instanceId: string,
  { power, imageAfter, timeline }: RebuildResult,
): void {
  const { status, imageId } = cloud.vm(instanceId);
  assert.deepEqual([status, imageId], ['running', DEFAULT_IMAGE_ID]);
  assert.deepEqual([power.after, imageAfter], ['running', DEFAULT_IMAGE_ID]);
  assert.equal(cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length, 1);
  assert.deepEqual(timeline.map(({ phase }) => phase).slice(1, 4), ['stopping', 'rebuilding', 'restoring-power']);
}
