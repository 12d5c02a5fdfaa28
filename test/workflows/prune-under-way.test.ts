import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { backupDescription, backupName, type PruneReport } from '../../contracts/backup.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { fleetInputFor } from '../fixtures/fleet-input.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { suiteScope } from '../fixtures/suite-scope.js';
import { temporalWithBlindIndex, testTemporal, type TestTemporal } from '../fixtures/temporal-env.js';
import { startTestWorker, type TestWorker } from '../fixtures/worker.js';
import { fleetInput, startFleet, untilFleet } from './fleet/fleet-lane.js';
import { act } from './fleet/fleet-updates.js';
import { decide, startFails, untilHeld } from './way-out-run.js';

let regions = 0;

interface Stand {
  readonly cloud: Simulator;
  readonly worker: TestWorker;
  readonly temporal: TestTemporal;
  readonly where: { readonly regionId: string };
  /** The VM with three backups, of which `--keep 1` condemns the older two. */
  readonly owner: string;
  /** Another VM, whose image is the second of these backups. */
  readonly other: string;
  readonly requestOf: (instanceId: string, request: Partial<RebuildRequestInput>) => RebuildRequestInput;
  readonly prune: (how?: { readonly dryRun: true }) => Promise<PruneReport>;
}

async function startStand(t: Scope, temporal: TestTemporal, otherHas = 'img-b2'): Promise<Stand> {
  const [owner, other] = [uniqueVmId(), uniqueVmId()];
  const where = { regionId: `cn-prune-${(regions += 1)}` };
  const backup = (imageId: string, month: number) => {
    const [of, run] = [{ ...where, instanceId: owner }, { runId: `run-${imageId}` }];
    const createTime = `2026-0${month}-11 10:00:00`;
    return image(imageId, { name: backupName(of, run), desc: backupDescription(of, run), createTime });
  };
  const backups = [backup('img-b1', 1), backup('img-b2', 2), backup('img-b3', 3)];
  const vms = [vm(owner), vm(other, 'running', { imageId: otherHas })];
  const images = [image(DEFAULT_IMAGE_ID), image(OTHER_IMAGE_ID), ...backups];
  const cloud = await startSimulator({ compress: 200, state: region({ ...where, vms, images }) });
  defer(t, () => cloud.close());
  const worker = await startTestWorker(t, { cloud, temporal });
  const { taskQueue } = worker;
  const reimage = await ReimageClient.connect({ client: temporal.client, taskQueue, env: {} });
  return {
    cloud,
    worker,
    temporal,
    where,
    owner,
    other,
    requestOf: (instanceId, request) => requestFor(instanceId, { ...where, ...request }),
    prune: (how) => reimage.pruneBackups({ ...where, keep: 1, ...how }),
  };
}

const notPruned = ({ warnings }: RebuildResult) =>
  warnings.flatMap(({ code, message }) => (code === 'backup-not-pruned' ? [message] : []));
const deletedIn = ({ journal }: Simulator) => journal.changes({ to: 'deleted' }).map(({ imageId }) => imageId);
const whyKept = ({ kept }: PruneReport, imageId: string) => kept.find((each) => each.imageId === imageId)?.reason ?? '';

/** Until the faults are cleared the rebuild of the VM gets no further than its stop. */
function keepFromStopping(cloud: Simulator, instanceId: string): void {
  const kind = { status: 503, when: 'before' } as const;
  cloud.addFault({ operation: 'stopInstance', instanceId, times: 'always', kind });
}

describe('a backup that somebody may need, while the index of Temporal knows of nobody', { concurrency: 2 }, () => {
  let temporal: TestTemporal;
  const scope = suiteScope();
  before(async () => void (temporal = await temporalWithBlindIndex(scope)));

  it('given a rebuild onto it that begins between two deletions, then it stays and the rebuild ends done', async (t) => {
    const { cloud, worker, owner, requestOf, prune } = await startStand(t, temporal, DEFAULT_IMAGE_ID);
    // It is gone at once, and the answer comes late.
    cloud.addFault({ operation: 'deleteImage', times: 1, kind: { delayMs: 5_000, when: 'after' } });
    keepFromStopping(cloud, owner);
    const pruning = prune();
    await cloud.waitFor(() => deletedIn(cloud).length === 1, 120_000);
    const rebuild = await worker.start(requestOf(owner, { imageId: 'img-b2' }));
    assert.equal(cloud.journal.calls({ operation: 'deleteImage' }).length, 1, 'prune has not come to the second yet');
    const report = await pruning;

    assert.deepEqual(deletedIn(cloud), ['img-b1']);
    assert.match(whyKept(report, 'img-b2'), new RegExp(`^may be in use: the rebuild of ${owner}`));
    cloud.clearFaults();
    const result = await outcomeOf(rebuild);
    assert.deepEqual([result.outcome, result.imageAfter], ['done', 'img-b2'], result.failure?.message);
  });

  it('given a held VM that had it before, then it stays, and the rollback finds it', async (t) => {
    const { cloud, worker, other, requestOf, prune } = await startStand(t, temporal);
    cloud.addFault({ ...startFails(), instanceId: other });
    const rebuild = await worker.start(requestOf(other, { imageId: OTHER_IMAGE_ID, onFailure: 'hold' }));
    await untilHeld(rebuild);
    const [prospect, report] = [await prune({ dryRun: true }), await prune()];

    assert.deepEqual(deletedIn(cloud), ['img-b1']);
    for (const each of [prospect, report])
      assert.match(whyKept(each, 'img-b2'), new RegExp(`^may be in use: the rebuild of ${other}`));
    await decide(rebuild, 'rollback');
    const result = await outcomeOf(rebuild);
    assert.deepEqual([result.failure?.type, result.imageAfter], ['RolledBack', 'img-b2'], result.failure?.message);
  });

  it('given another VM that is about to get it, then it stays', async (t) => {
    const { cloud, worker, other, requestOf, prune } = await startStand(t, temporal, DEFAULT_IMAGE_ID);
    keepFromStopping(cloud, other);
    const rebuild = await worker.start(requestOf(other, { imageId: 'img-b2' }));
    const report = await prune();

    assert.deepEqual(deletedIn(cloud), ['img-b1']);
    assert.match(whyKept(report, 'img-b2'), new RegExp(`^may be in use: the rebuild of ${other}`));
    cloud.clearFaults();
    assert.equal((await outcomeOf(rebuild)).imageAfter, 'img-b2');
  });

  it('given --keep-backups in a rebuild of its own VM, then what a held VM had before stays, too', async (t) => {
    const { cloud, worker, owner, other, requestOf } = await startStand(t, temporal);
    cloud.addFault({ ...startFails(), instanceId: other });
    const held = await worker.start(requestOf(other, { imageId: OTHER_IMAGE_ID, onFailure: 'hold' }));
    await untilHeld(held);
    const result = await worker.execute(requestOf(owner, { backup: 'image', keepBackups: 1 }));

    assert.equal(result.outcome, 'done', result.failure?.message);
    assert.deepEqual(result.backup?.pruned, ['img-b1', 'img-b3']);
    assert.deepEqual(notPruned(result), [], 'that a way back is kept is as it should be');
    await decide(held, 'give-up');
    await outcomeOf(held);
  });

  it('given a rebuild past its erase of which no worker tells anything, then nothing is deleted', async (t) => {
    const stand = await startStand(t, temporal, DEFAULT_IMAGE_ID);
    const { cloud, worker, owner, other, requestOf, prune, where } = stand;
    const lost = await startTestWorker(t, { cloud, temporal });
    cloud.addFault({ operation: 'rebuildInstance', instanceId: other, kind: { outcome: 'stuck' } });
    const rebuild = await lost.start(requestOf(other, { imageId: OTHER_IMAGE_ID }));
    await cloud.waitFor(() => cloud.vm(other).status === 'rebuilding', 120_000);
    await lost.worker.stop();
    const report = await prune();

    assert.deepEqual(deletedIn(cloud), []);
    assert.match(whyKept(report, 'img-b1'), new RegExp(`the rebuild of ${other} .*does not tell`), where.regionId);
    const result = await worker.execute(requestOf(owner, { backup: 'image', keepBackups: 1 }));
    assert.deepEqual([result.outcome, result.backup?.pruned], ['done', []], result.failure?.message);
    const told = notPruned(result);
    assert.deepEqual(
      told.map((message) => /^Old backup (\S+) is kept, as it may be in use: .*does not tell/.exec(message)?.[1]),
      ['img-b1', 'img-b2', 'img-b3'],
      told.join('\n'),
    );
    await rebuild.terminate();
  });
});

describe('a backup that a fleet may put its VMs back onto', () => {
  it('stays while the fleet is under way', async (t) => {
    const temporal = await testTemporal(t);
    const stand = await startStand(t, temporal);
    const { cloud, owner, other, where, prune } = stand;
    const ids = [other, owner];
    const waves = [
      { name: 'canary', size: 1 },
      { name: 'wave 2', size: 1 },
    ];
    const order = { waves, rollout: { approval: { afterCanary: 'always' } } } as const;
    const members = ids.map((instanceId) => {
      const imageBefore = instanceId === other ? 'img-b2' : DEFAULT_IMAGE_ID;
      return { instanceId, az: 'cn-north-1a', group: null, imageBefore, image: OTHER_IMAGE_ID };
    });
    const { fleetId, name, planDigest } = fleetInput({ ids });
    const own = { ...where, fleetId, name, planDigest, p90Seconds: 5, requestedBy: 'ana' };
    const fleet = await startFleet(stand, fleetInputFor(members, { ...order, input: own }));
    await untilFleet(fleet, 'it waits', ({ status }) => status === 'awaiting-approval');
    assert.deepEqual([cloud.vm(other).imageId, cloud.vm(other).status], [OTHER_IMAGE_ID, 'running']);
    await eventually('the index tells of the fleet', async () => {
      const query = `ReimageRegion = '${where.regionId}' AND WorkflowType = 'reimageFleet'`;
      return (await temporal.client.workflow.count(query)).count === 1;
    });
    const report = await prune();

    assert.deepEqual(deletedIn(cloud), ['img-b1']);
    assert.match(whyKept(report, 'img-b2'), /^may be in use: fleet reimage:/);
    await act(fleet, 'reject', { by: 'bob', reason: 'seen', gate: 'after the canary' });
    await fleet.result().catch(() => undefined);
  });
});
