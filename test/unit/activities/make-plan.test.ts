import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePlan } from '../../../activities/rebuild/plan-rebuild.js';
import { HealthCheck } from '../../../contracts/health-check.js';
import { RebuildPlan } from '../../../contracts/rebuild-plan.js';
import { facts, type FactsOverrides, pairs } from './facts.js';

const plan = (given: FactsOverrides = {}) => makePlan(facts(given));
const codes = (given: FactsOverrides) => plan(given).warnings.map(({ code }) => code);

const POWERS = [
  { status: 'running', asked: 'as-was', before: 'running', after: 'running' },
  { status: 'running', asked: 'running', before: 'running', after: 'running' },
  { status: 'running', asked: 'stopped', before: 'running', after: 'stopped' },
  { status: 'stopped', asked: 'as-was', before: 'stopped', after: 'stopped' },
  { status: 'stopped', asked: 'running', before: 'stopped', after: 'running' },
  { status: 'stopped', asked: 'stopped', before: 'stopped', after: 'stopped' },
] as const;

describe('the plan of a rebuild', () => {
  it('keeps its contract and names VM, images and disk', () => {
    const made = RebuildPlan.parse(plan());
    assert.deepEqual([made.instanceName, made.status], ['db-1', 'running']);
    assert.deepEqual(made.imageBefore, { imageId: 'img-old', name: null });
    const origin = { source: 'private', owner: null, createdAt: null };
    assert.deepEqual(made.imageAfter, { imageId: 'img-new', name: 'new', origin });
    assert.deepEqual(made.systemDisk, { deviceName: 'vda', diskCategory: 'cloud', diskId: 'vol-1', sizeGiB: 40 });
    assert.deepEqual([made.issues, made.warnings, made.dataDisks], [[], [], []]);
    assert.equal(made.markerUsable, true);
  });

  it('keeps its contract where JD Cloud tells next to nothing', () => {
    const bare = {
      status: null,
      instanceName: null,
      imageId: null,
      systemDisk: null,
      dataDisks: null,
      charge: null,
      chargeOnStopped: null,
    };
    const made = RebuildPlan.parse(plan({ instance: bare, image: null, request: { imageId: undefined } }));
    assert.deepEqual([made.imageBefore, made.imageAfter, made.systemDisk], [null, null, null]);
    assert.ok(made.issues.length > 0);
  });

  for (const { status, asked, before, after } of POWERS) {
    it(`of a ${status} VM to be left ${asked} goes from ${before} to ${after}`, () => {
      const { power, steps } = plan({ instance: { status }, request: { power: asked } });
      assert.deepEqual(power, { before, after });
      assert.equal(steps.includes('stop the VM'), before === 'running');
      assert.equal(steps.includes('start it and wait until it runs'), after === 'running');
      assert.equal(steps.includes('leave it stopped'), after === 'stopped');
      assert.ok(steps.some((step) => step.includes('ERASES') && step.includes('img-new')));
    });
  }

  it("is onto the VM's own image when none is named", () => {
    const image = { imageId: 'img-old', name: 'old' };
    const made = plan({ request: { imageId: undefined }, image });
    assert.deepEqual(
      [made.imageBefore?.name, made.imageAfter?.imageId, made.imageAfter?.name],
      ['old', 'img-old', 'old'],
    );
  });

  it('tells of the health checks where the VM will run', () => {
    const healthChecks: HealthCheck[] = [22, 443].map((port) => HealthCheck.parse({ kind: 'tcp', port }));
    const stepsWith = (power: 'running' | 'stopped') => plan({ request: { healthChecks, power } }).steps.join();
    assert.match(stepsWith('running'), /verify that it reports img-new,make its 2 health checks/);
    assert.doesNotMatch(stepsWith('stopped'), /health/);
  });

  it('says keepCharging only to a VM set to stopCharging', () => {
    assert.equal(plan().keepCharging, false);
    assert.equal(plan({ instance: { chargeOnStopped: null } }).keepCharging, false);
    const made = plan({ instance: { chargeOnStopped: 'stopCharging' } });
    assert.equal(made.keepCharging, true);
    assert.match(made.steps[0] ?? '', /keepCharging/);
  });

  it('uses the marker only where there is room for it and metadata can be read', () => {
    const usable = (given: FactsOverrides) => plan(given).markerUsable;
    assert.equal(usable({ customData: { metadata: pairs(39) } }), true);
    assert.equal(usable({ customData: { metadata: pairs(40) } }), false);
    assert.equal(usable({ customData: null }), false);
    const own = { key: 'Reimage-Operation', value: 'of an earlier rebuild' };
    assert.equal(usable({ customData: { metadata: [...pairs(39), own] } }), true, 'an old marker makes room');
    const asked = { metadata: [{ key: 'new', value: 'v' }] };
    assert.equal(usable({ customData: { metadata: pairs(39) }, request: asked }), false, 'asked pairs come first');
  });

  it('warns of a missing marker, most of all onto the same image', () => {
    const customData = { metadata: pairs(40) };
    const [onOther] = plan({ customData }).warnings;
    const [onSame] = plan({ customData, request: { imageId: undefined }, image: { imageId: 'img-old' } }).warnings;
    assert.deepEqual([onOther?.code, onSame?.code], ['no-operation-marker', 'no-operation-marker']);
    assert.match(onOther?.message ?? '', /image alone/);
    assert.match(onSame?.message ?? '', /RebuildOutcomeUnknown/);
  });

  it('warns of local data disks and of the images of others', () => {
    const local = { diskCategory: 'local', deviceName: 'vdb', localDisk: { diskSizeGB: 100 } };
    assert.deepEqual(codes({ instance: { dataDisks: [local, local] } }), ['local-data-disk']);
    assert.match(plan({ instance: { dataDisks: [local, local] } }).warnings[0]?.message ?? '', /2 local/);
    assert.deepEqual(codes({ image: { imageSource: 'shared' } }), ['foreign-image']);
    assert.deepEqual(codes({ image: { imageSource: 'community' } }), ['foreign-image']);
    assert.deepEqual(codes({ image: { imageSource: 'public' } }), []);
    const shared = { imageSource: 'shared', ownerPin: '4711', createTime: '2026-05-11 10:00:00' };
    const { warnings, imageAfter } = plan({ image: shared });
    assert.match(warnings[0]?.message ?? '', /shared one of account 4711/);
    assert.deepEqual(imageAfter?.origin, { source: 'shared', owner: '4711', createdAt: '2026-05-11T02:00:00.000Z' });
  });

  it('says whom a generated password is handed to, after the checks and before the erase', () => {
    const request = { passwordRef: 'generate:file:/srv/{regionId}/{instanceId}', keyNames: [] };
    const { steps, issues } = plan({ request, keypair: undefined, password: { isGenerated: true } });
    const handOver = 'generate a password and hand it to file:/srv/cn-north-1/i-1';
    assert.deepEqual(issues, []);
    assert.equal(steps[steps.indexOf('check everything again') + 1], handOver);
    assert.match(steps[steps.indexOf(handOver) + 1] ?? '', /ERASES/);
    assert.ok(
      !plan({ request: { passwordRef: 'env:P' }, password: { value: 'Zx9!kT2#mW' } })
        .steps.join()
        .includes('hand'),
    );
  });

  it('holds no password', () => {
    const value = 'Zx9!kT2#mW';
    const request = { passwordRef: 'env:PASSWORD', keyNames: [] };
    const made = plan({ request, keypair: undefined, password: { value } });
    assert.ok(!JSON.stringify(made).includes(value));
  });
});
