import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';

const ids = {
  running: uniqueVmId(),
  stopped: uniqueVmId(),
  startAfter: uniqueVmId(),
  stopAfter: uniqueVmId(),
  sameImage: uniqueVmId(),
  releasing: uniqueVmId(),
  tagged: uniqueVmId(),
  shown: uniqueVmId(),
  local: uniqueVmId(),
  guarded: uniqueVmId(),
  drifting: uniqueVmId(),
};

const vms = [
  vm(ids.running),
  vm(ids.stopped, 'stopped'),
  vm(ids.startAfter, 'stopped'),
  vm(ids.stopAfter),
  vm(ids.sameImage),
  vm(ids.releasing, 'running', { chargeOnStopped: 'stopCharging' }),
  vm(ids.tagged, 'running', {
    metadata: [
      { key: 'role', value: 'db' },
      { key: 'team', value: '运维' },
    ],
  }),
  vm(ids.shown),
  vm(ids.drifting, 'running', { tags: [{ key: 'env', value: 'prod' }] }),
  vm(ids.guarded, 'running', { tags: [{ key: 'reimage-protected', value: 'holds the ledger' }] }),
  vm(ids.local, 'running', {
    dataDisks: [{ diskCategory: 'local', deviceName: 'vdb', diskId: null, diskType: 'ssd', diskSizeGB: 100 }],
  }),
];

const scope = { after };
const cloud = await startSimulator({ state: region({ vms }), compress: 100 });
defer(scope, () => cloud.close());
const worker = await startTestWorker(scope, { cloud });

describe('a rebuild where all goes well', { concurrency: true }, () => {
  const calls = (instanceId: string) =>
    ['stopInstance', 'rebuildInstance', 'startInstance'].map(
      (operation) => cloud.journal.calls({ operation, instanceId }).length,
    );

  it('stops, rebuilds and starts a running VM once each, and says what it did', async () => {
    const handle = await worker.start(requestFor(ids.running, { imageId: OTHER_IMAGE_ID, requestedBy: 'ada' }));
    const result = await outcomeOf(handle);

    assert.deepEqual(calls(ids.running), [1, 1, 1]);
    const { historyLength } = await handle.describe();
    assert.ok(historyLength <= 60, `${historyLength} events in its history`);
    assert.equal(cloud.vm(ids.running).status, 'running');
    assert.equal(cloud.vm(ids.running).imageId, OTHER_IMAGE_ID);
    assert.equal(result.outcome, 'done');
    assert.deepEqual([result.imageBefore, result.imageAfter], [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID]);
    assert.deepEqual(result.power, { before: 'running', after: 'running' });
    assert.equal(result.requestedBy, 'ada');
    assert.deepEqual(
      result.timeline.map(({ phase }) => phase),
      ['validating', 'stopping', 'rebuilding', 'starting', 'verifying', 'done'],
    );
    assert.ok(result.timeline.every(({ finishedAt }) => finishedAt !== null));
    assert.deepEqual(
      result.apiCalls.map(({ operation, requestId }) => [
        operation,
        cloud.journal.calls({ operation, instanceId: ids.running })[0]?.requestId === requestId,
      ]),
      [
        ['stopInstance', true],
        ['rebuildInstance', true],
        ['startInstance', true],
      ],
    );
  });

  it('leaves a VM stopped that was stopped before', async () => {
    const result = await worker.execute(requestFor(ids.stopped, { imageId: OTHER_IMAGE_ID }));

    assert.deepEqual(calls(ids.stopped), [0, 1, 0]);
    assert.equal(cloud.vm(ids.stopped).status, 'stopped');
    assert.deepEqual([result.outcome, result.power.after], ['done', 'stopped']);
  });

  it('starts a stopped VM when asked to', async () => {
    const result = await worker.execute(requestFor(ids.startAfter, { power: 'running' }));

    assert.deepEqual(calls(ids.startAfter), [0, 1, 1]);
    assert.deepEqual([result.outcome, cloud.vm(ids.startAfter).status], ['done', 'running']);
  });

  it('leaves a running VM stopped when asked to', async () => {
    const result = await worker.execute(requestFor(ids.stopAfter, { power: 'stopped' }));

    assert.deepEqual(calls(ids.stopAfter), [1, 1, 0]);
    assert.deepEqual([result.outcome, cloud.vm(ids.stopAfter).status], ['done', 'stopped']);
  });

  it('puts the same image on again when none is named', async () => {
    const diskBefore = cloud.vm(ids.sameImage).systemDisk?.diskId;
    const result = await worker.execute(requestFor(ids.sameImage));

    assert.deepEqual([result.outcome, result.imageAfter], ['done', DEFAULT_IMAGE_ID]);
    assert.equal(cloud.journal.effective('rebuildInstance', ids.sameImage), 1);
    assert.notEqual(cloud.vm(ids.sameImage).systemDisk?.diskId, diskBefore);
  });

  it('says keepCharging to a VM set to stopCharging, and to no other', async () => {
    await worker.execute(requestFor(ids.releasing));

    const [stop] = cloud.journal.calls({ operation: 'stopInstance', instanceId: ids.releasing });
    assert.deepEqual(stop?.params['chargeOnStopped'], 'keepCharging');
    const others = cloud.journal
      .calls({ operation: 'stopInstance' })
      .filter(({ instanceId }) => instanceId !== ids.releasing);
    assert.ok(others.every(({ params }) => !('chargeOnStopped' in params)));
  });

  it("keeps the VM's own metadata and adds its marker and what was asked for", async () => {
    await worker.execute(requestFor(ids.tagged, { metadata: [{ key: 'Role', value: 'web' }] }));

    const metadata = cloud.vm(ids.tagged).metadata.filter(({ key }) => key !== 'reimage-operation');
    assert.deepEqual(
      metadata.map(({ key, value }) => `${key}=${value}`).toSorted(),
      ['Role=web', 'team=运维'].toSorted(),
    );
    assert.equal(cloud.vm(ids.tagged).metadata.length, 3);
  });

  it('rebuilds a protected VM for somebody who says why, on the record', async () => {
    const result = await worker.execute(requestFor(ids.guarded, { overrideProtection: 'ledger was moved' }));

    assert.equal(result.outcome, 'done', result.failure?.message);
    const [warning] = result.warnings;
    assert.equal(warning?.code, 'protection-overridden');
    assert.match(warning.message, /holds the ledger.*ledger was moved/);
  });

  it('tells of local data disks', async () => {
    const result = await worker.execute(requestFor(ids.local));

    assert.deepEqual(
      result.warnings.map(({ code }) => code),
      ['local-data-disk'],
    );
  });

  it('warns of what changed beside the system disk while it worked', async () => {
    const handle = await worker.start(requestFor(ids.drifting));
    await cloud.waitFor(({ vm: look }) => look(ids.drifting).status === 'rebuilding', 120_000);
    cloud.act.setTags(ids.drifting, [{ key: 'env', value: 'test' }]);
    const result = await outcomeOf(handle);

    assert.equal(result.outcome, 'done');
    assert.deepEqual(
      result.warnings.map(({ code, message }) => [code, message]),
      [['settings-changed', 'tag env: expected prod, is test.']],
    );
  });

  it('shows where it is by query, search attributes and current details', async () => {
    const rebuilding = holdTransition(cloud, 'rebuildInstance', { instanceId: ids.shown });
    const handle = await worker.start(requestFor(ids.shown));
    await rebuilding.reached();
    const progress = RebuildProgress.parse(await handle.query(PROGRESS_QUERY));
    rebuilding.release();

    assert.equal(progress.phase, 'rebuilding');
    assert.ok(progress.next.length > 0);
    await handle.result();
    const { typedSearchAttributes } = await handle.describe();
    assert.equal(typedSearchAttributes.get(SEARCH_ATTRIBUTE.phase), 'done');
    assert.equal(typedSearchAttributes.get(SEARCH_ATTRIBUTE.instance), ids.shown);
    assert.equal(typedSearchAttributes.get(SEARCH_ATTRIBUTE.image), DEFAULT_IMAGE_ID);
    const metadata = await handle.query('__temporal_workflow_metadata');
    assert.match(JSON.stringify(metadata), /\*\*done\*\*/);
  });
});
