import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { backupDescription, backupName, backupOf, KeepBackups, keepBackupsMs } from '../../../contracts/backup.js';
import { InstanceId, RegionId } from '../../../contracts/ids.js';

const vms = fc.record({
  regionId: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
  instanceId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
});
const runs = fc.uuid().map((runId) => ({ runId }));

describe('name and description of a backup', () => {
  it('given any VM and run, then they are what JD Cloud takes, and tell the VM', () => {
    fc.assert(
      fc.property(vms, runs, (vm, run) => {
        assert.ok(RegionId.safeParse(vm.regionId).success && InstanceId.safeParse(vm.instanceId).success);
        const [name, description] = [backupName(vm, run), backupDescription(vm, run)];
        assert.match(name, /^[\w.-]{2,32}$/);
        assert.ok(description.length <= 256);
        assert.equal(backupOf({ name, description }, vm.regionId), vm.instanceId);
      }),
    );
  });

  it('given two runs of the same minute, then the names differ', () => {
    const vm = { regionId: 'cn-north-1', instanceId: 'i-8cjmd27n1s' };
    const names = ['01a20c92-5287-7efb-991e-fea69d7db1c5', '01a20c92-5822-72d9-b22d-48f4a5c41c4c'].map((runId) =>
      backupName(vm, { runId }),
    );
    assert.deepEqual(names, ['reimage-i-8cjmd27n1s-9d7db1c5', 'reimage-i-8cjmd27n1s-a5c41c4c']);
  });

  const vm = { regionId: 'cn-north-1', instanceId: 'i-a1' };
  const run = { runId: '01a20c92-5287-7efb-991e-fea69d7db1c5' };
  const name = backupName(vm, run);
  const description = backupDescription(vm, run);
  const foreign = [
    { what: 'a name alone', image: { name, description: '' } },
    { what: 'no description at all', image: { name, description: null } },
    { what: 'a description alone', image: { name: 'golden', description } },
    { what: 'no name at all', image: { description } },
    { what: 'a name that goes on', image: { name: `${name}-2`, description } },
    { what: 'a name that begins alike', image: { name: 'reimage-i-a1', description } },
    { what: 'the name of another VM', image: { name: backupName({ ...vm, instanceId: 'i-a2' }, run), description } },
    { what: 'a description that goes on', image: { name, description: `${description} (copy)` } },
    { what: 'a description of another run', image: { name, description: backupDescription(vm, { runId: 'other' }) } },
  ];
  for (const { what, image } of foreign) {
    it(`given ${what}, then it is nobody's backup`, () => assert.equal(backupOf(image, 'cn-north-1'), null));
  }

  it("given a copy in another region, then it is nobody's backup there", () => {
    assert.equal(backupOf({ name, description }, 'cn-east-2'), null);
    assert.equal(backupOf({ name, description }, 'cn-north-1'), 'i-a1');
  });
});

describe('KeepBackups', () => {
  for (const [keep, ms] of [
    [3, null],
    [100, null],
    ['36h', 36 * 3_600_000],
    ['30d', 30 * 86_400_000],
    ['8w', 8 * 7 * 86_400_000],
  ] as const) {
    it(`takes ${keep}`, () => assert.equal(keepBackupsMs(KeepBackups.parse(keep)), ms));
  }

  for (const wrong of [0, -1, 101, 1.5, '3', '0d', '3m', '3 d', 'd', '', null]) {
    it(`refuses ${JSON.stringify(wrong)}, and says what it takes`, () => {
      const { error } = KeepBackups.safeParse(wrong);
      assert.match(error?.issues[0]?.message ?? '', /^must be a number from 1 to 100, or a duration such as 36h/);
    });
  }
});
