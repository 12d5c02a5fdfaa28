import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { fleetInputOf, ReimageError, whatChanged } from '../../client/index.js';
import type { FailureType } from '../../contracts/failures.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpecInput } from '../../contracts/fleet/fleet-spec.js';
import { WORKFLOW } from '../../contracts/names.js';
import { OTHER_IMAGE_ID, OWN_PIN, vm } from '../../simulator/model/builders.js';
import { failsAs } from '../client/fleet/client-lane.js';
import { eventually } from '../fixtures/eventually.js';
import { codes, id, skips, startStand } from './plan-stand.js';

const BEIJING = { zone: 'Asia/Shanghai', windows: [{ from: '22:00', to: '02:00' }] };

const AZS = ['cn-north-1a', 'cn-north-1b', 'cn-north-1c'];
const members = ({ rows }: FleetPlan) => rows.filter(({ wave }) => wave !== null).map(({ instanceId }) => instanceId);

describe('planFleet', { concurrency: 4 }, () => {
  it('given VMs of every kind, then each is rebuilt or skipped with its reasons, and nothing is touched', async (t) => {
    const tag = (key: string, value: string) => ({ tags: [{ key, value }] });
    const { cloud, regionId, reimage, plan } = await startStand(t, [
      ...[0, 1, 2, 3, 4, 5].map((n) => vm(id(n), 'running', { az: AZS[n % 3] ?? '', instanceName: `web-${n}` })),
      vm(id('excluded'), 'running', tag('keep', 'yes')),
      vm(id('matching'), 'running', { imageId: OTHER_IMAGE_ID }),
      vm(id('protected'), 'running', tag('reimage-protected', 'pet')),
      vm(id('overdue'), 'stopped', { chargeStatus: 'overdue' }),
      vm(id('error'), 'error'),
      vm(id('busy')),
    ]);
    cloud.addFault({ operation: 'rebuildInstance', kind: { outcome: 'stuck' } });
    await reimage.start({ regionId, instanceId: id('busy'), keyNames: ['ops'], requestedBy: 'bob' });
    await cloud.waitFor(() => cloud.vm(id('busy')).status === 'rebuilding', 120_000);
    await eventually(
      'the index tells of the rebuild',
      async () => (await reimage.list({ regionId, phase: 'rebuilding' })).length === 1,
    );
    const before = cloud.journal.changes().length;

    const made = await plan({
      exclude: { tags: [{ key: 'keep' }] },
      rollout: { canary: 1, waves: ['50%'], maxUnavailable: { fleet: '50%', perAz: 1 } },
    });

    assert.deepEqual(members(made), [0, 1, 2, 3, 4, 5].map(id));
    assert.deepEqual(made.waves, [
      { name: 'canary', size: 1 },
      { name: 'wave 2', size: 3 },
      { name: 'wave 3', size: 2 },
    ]);
    assert.deepEqual(
      made.rows.slice(0, 6).map(({ wave }) => wave),
      [0, 1, 1, 1, 2, 2],
    );
    assert.deepEqual(skips(made), {
      [id('busy')]: 'busy',
      [id('error')]: 'validation-failed',
      [id('excluded')]: 'excluded',
      [id('matching')]: 'already-on-image',
      [id('overdue')]: 'validation-failed',
      [id('protected')]: 'protected',
    });
    const reasonsOf = (name: string) =>
      made.rows.find(({ instanceId }) => instanceId === id(name))?.skip?.reasons.join(' ') ?? '';
    assert.match(reasonsOf('busy'), /for bob is under way since 20\d\d-.*phase rebuilding/);
    assert.match(reasonsOf('protected'), /reimage-protected: pet/);
    assert.match(reasonsOf('overdue'), /overdue/);
    assert.equal(
      made.rows.find(({ instanceId }) => instanceId === id('error'))?.unhealthyReason,
      'JD Cloud reports it in error',
    );
    assert.deepEqual(made.limits.unavailable, {
      fleet: 3,
      perAz: { [AZS[0] ?? '']: 1, [AZS[1] ?? '']: 1, [AZS[2] ?? '']: 1 },
    });
    const { origin, ...pinned } = made.image;
    assert.deepEqual(pinned, { imageId: OTHER_IMAGE_ID, name: 'web-old', isNew: false });
    assert.deepEqual(origin, { source: 'private', owner: OWN_PIN, createdAt: '2026-05-11T02:00:00.000Z' });
    assert.ok(codes(made).includes('assumed-times'));

    assert.deepEqual(await reimage.fleets.readPlan(made.planId), made);
    assert.equal(fleetInputOf(made).members.instanceIds.length, 6);
    const again = await plan(made.spec);
    assert.notEqual(again.digest, made.digest);
    assert.deepEqual(whatChanged(made, again), []);
    assert.equal(cloud.journal.changes().length, before);
    cloud.act.release(id('busy'));
    await reimage.wait({ regionId, instanceId: id('busy') });
  });

  it('given more VMs than a page holds, then all of them are in the plan, in 3 calls of 100 for each kind of read', async (t) => {
    const ids = Array.from({ length: 250 }, (_, n) => id(1000 + n));
    const { cloud, plan } = await startStand(
      t,
      ids.map((each) => vm(each)),
    );
    const made = await plan({ rollout: { order: { by: 'id' }, canary: '1%', waves: ['10%', '30%'] } });
    assert.deepEqual(members(made), ids);
    assert.deepEqual(
      made.waves.map(({ size }) => size),
      [3, 25, 75, 75, 72],
    );
    const customData = cloud.journal.calls({ operation: 'describeInstancesCustomData' }).length;
    assert.ok(customData <= 30, `${customData} calls of describeInstancesCustomData, ten VMs each`);
    const reads = cloud.journal.calls({ operation: 'describeInstances' }).length;
    assert.ok(reads <= 6, `${reads} calls of describeInstances`);
  });

  it('given a rebuild that was done onto the image, then it is new no more, and times are measured', async (t) => {
    const { regionId, reimage, plan } = await startStand(t, [vm(id('past')), vm(id('next'))]);
    const started = await reimage.start({
      regionId,
      instanceId: id('past'),
      imageId: 'img-web-new',
      keyNames: ['ops'],
    });
    assert.equal((await reimage.wait(started)).outcome, 'done');
    await eventually(
      'the index tells of the rebuild',
      async () => (await reimage.list({ regionId, phase: 'done' })).length === 1,
    );
    const made = await plan({ select: { instanceIds: [id('next')] }, image: { id: 'img-web-new' } });
    assert.deepEqual([made.image.isNew, made.estimate.rebuild.samples], [false, 1]);
    assert.ok(made.estimate.rebuild.p90Seconds > 0 && !codes(made).includes('assumed-times'));
  });

  it('given health checks, then those that fail them now are sick, and issues where health is required', async (t) => {
    const local = { privateIpAddress: '127.0.0.1' };
    const { plan } = await startStand(t, [vm(id('sick'), 'running', local), vm(id('off'), 'stopped', local)]);
    const healthChecks = [{ kind: 'tcp' as const, port: 1, intervalSeconds: 1 }];
    const made = await plan({ rebuild: { keyNames: ['ops'], healthChecks } });
    const sickOf = (name: string) => made.rows.find(({ instanceId }) => instanceId === id(name))?.unhealthyReason ?? '';
    assert.match(sickOf('sick'), /^tcp \{privateIp\}:1: /);
    assert.equal(sickOf('off'), '');
    assert.deepEqual(skips(made), {});
    const strict = await plan({ rebuild: { keyNames: ['ops'], healthChecks, requireHealthyBefore: true } });
    assert.deepEqual(skips(strict), { [id('sick')]: 'validation-failed' });
    const nowhere = { kind: 'tcp' as const, host: '{elasticIp}', port: 22 };
    const blind = await plan({ rebuild: { keyNames: ['ops'], healthChecks: [nowhere] } });
    assert.deepEqual(
      skips(blind),
      { [id('sick')]: 'validation-failed', [id('off')]: 'validation-failed' },
      'nobody has an elastic IP',
    );
  });

  it('given guards that guard nothing, then plans, and warns of each', async (t) => {
    const { plan } = await startStand(t, [
      vm(id('free')),
      vm(id('kept'), 'running', { tags: [{ key: ' Reimage Protected', value: 'pet' }] }),
    ]);
    const made = await plan({
      exclude: { name: 'prod-*' },
      rollout: { maintenance: { ...BEIJING, blackout: ['2020-12-31'] } },
    });
    assert.deepEqual(members(made), [id('free')]);
    assert.deepEqual(skips(made), { [id('kept')]: 'protected' });
    assert.deepEqual(codes(made).slice(0, 2), ['exclude-matches-nothing', 'blackout-past']);
  });

  it('given a value that only one VM may have, then plans it for one VM, and refuses it for more, naming the field', async (t) => {
    const { plan } = await startStand(t, [vm(id('one')), vm(id('two')), vm(id('three'))]);
    const only = { instanceIds: [id('one')] };
    const rebuild = { passwordRef: 'generate:file:/pw', hostname: 'web' } as const;
    const refused = failsAs(
      'InvalidInput',
      /rebuild\.passwordRef: .*\{instanceId\}.*; rebuild\.hostname: .* The fleet has 2 VMs/,
    );
    await assert.rejects(plan({ rebuild, exclude: { instanceIds: [id('three')] } }), refused);
    const alone = await plan({ select: only, rebuild: { keyNames: ['ops'], hostname: 'web' } });
    assert.deepEqual(members(alone), [id('one')]);
    const left = await plan({ rebuild: { keyNames: ['ops'], hostname: 'web' }, exclude: { name: `${id('t')}*` } });
    assert.deepEqual(members(left), [id('one')]);
    const named = { keyNames: ['ops'], metadata: [{ key: 'self', value: id('two') }] };
    await assert.rejects(plan({ rebuild: named }), failsAs('InvalidInput', /rebuild\.metadata\.0\.value: names .*two/));
  });

  it('given maintenance windows, then the next five openings are told', async (t) => {
    const { plan } = await startStand(t, [vm(id('window'))]);
    const { nextWindows } = await plan({ rollout: { maintenance: BEIJING } });
    assert.equal(nextWindows.length, 5);
    assert.ok(
      nextWindows.every(({ opensAt, local }) => opensAt.endsWith('T14:00:00.000Z') && local.includes('22:00 +08:00')),
    );
  });

  it('given nothing that matches, then the plan is empty and says so, and is no fleet to start', async (t) => {
    const { plan } = await startStand(t, [vm(id('lonely'))]);
    const made = await plan({ select: { name: 'db-*' } });
    assert.deepEqual([made.rows, made.waves, codes(made)], [[], [], ['nothing-selected']]);
    assert.throws(() => fleetInputOf(made), /rebuilds no VM/);
  });

  const REFUSED: readonly { name: string; spec: Partial<FleetSpecInput>; type: FailureType; says: RegExp }[] = [
    {
      name: 'an id that JD Cloud does not know',
      spec: { select: { instanceIds: [id('here'), 'i-nowhere'] } },
      type: 'VmNotFound',
      says: /select\.instanceIds: JD Cloud knows no VM i-nowhere/,
    },
    {
      name: 'an excluded id that JD Cloud does not know',
      spec: { exclude: { instanceIds: ['i-nowhere'] } },
      type: 'VmNotFound',
      says: /exclude\.instanceIds: .* i-nowhere/,
    },
    {
      name: 'an image that is not there',
      spec: { image: { id: 'img-no' } },
      type: 'InvalidInput',
      says: /image\.id: .*img-no/,
    },
    {
      name: 'no image of that name',
      spec: { image: { newestNamed: 'db-' } },
      type: 'InvalidInput',
      says: /image\.newestNamed: .*"db-"/,
    },
    {
      name: 'two images of the same second',
      spec: { image: { newestNamed: 'twin-' } },
      type: 'InvalidInput',
      says: /image\.newestNamed: .*img-twin-1 and img-twin-2 were made in the same second .*image\.id/,
    },
    {
      name: 'images of others alone',
      spec: { image: { newestNamed: 'web-s' } },
      type: 'InvalidInput',
      says: /image\.newestNamed: .*img-web-shared .*shared image of mallory/,
    },
    {
      name: 'a zone that there is not',
      spec: { rollout: { maintenance: { ...BEIJING, zone: 'Asia/Shanghei' } } },
      type: 'InvalidInput',
      says: /rollout\.maintenance\.zone: .*"Asia\/Shanghei"/,
    },
    {
      name: 'a canary that is not selected',
      spec: { rollout: { canary: { instanceIds: ['i-stray'] } } },
      type: 'InvalidInput',
      says: /rollout\.canary\.instanceIds: names i-stray/,
    },
  ];
  it('given what there is not, then the error names it', async (t) => {
    const { plan } = await startStand(t, [vm(id('here'))]);
    for (const { name, spec, type, says } of REFUSED) {
      await assert.rejects(plan(spec), (error) => {
        assert.ok(error instanceof ReimageError, name);
        assert.equal(error.failure.type, type, name);
        assert.match(error.message, says, name);
        return true;
      });
    }
  });

  it('given a malformed input, then workflow and library refuse it for good, naming the field', async (t) => {
    const { worker, plan, cloud } = await startStand(t, []);
    await assert.rejects(plan({ rollout: { waves: ['0%'] } }), /rollout\.waves/);
    const options = {
      workflowId: randomUUID(),
      taskQueue: worker.taskQueue,
      args: [{ name: 'web', regionId: 'Not a region' }],
    };
    await assert.rejects(worker.client.workflow.execute(WORKFLOW.planFleet, options), (error) => {
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
      return error.cause.type === 'InvalidInput' && /regionId/.test(error.cause.message);
    });
    assert.deepEqual(cloud.journal.calls(), []);
  });
});
