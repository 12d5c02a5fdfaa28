import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID, OWN_PIN, vm } from '../../simulator/model/builders.js';
import { codes, id, skips, startStand } from './plan-stand.js';

describe('a plan of a fleet tells', { concurrency: 4 }, () => {
  it("given a stranger's newer image of such a name, then the newest own one that is ready is pinned, and the plan says so", async (t) => {
    const { plan } = await startStand(t, [vm(id('pin'))]);

    const made = await plan({ image: { newestNamed: 'web-' } });

    const { imageId, origin, others } = made.image;
    assert.equal(imageId, 'img-web-new');
    assert.deepEqual(origin, { source: 'private', owner: OWN_PIN, createdAt: '2026-09-01T02:00:00.000Z' });
    assert.equal(others?.count, 3);
    assert.deepEqual(
      others?.images.map((other) => [other.imageId, other.source, other.owner, other.reason]),
      [
        ['img-web-shared', 'shared', 'mallory', 'it is a shared image of mallory'],
        ['img-web-pending', 'private', OWN_PIN, 'it is pending'],
        [OTHER_IMAGE_ID, 'private', OWN_PIN, 'it is older'],
      ],
    );
    assert.deepEqual(
      made.warnings.filter(({ code }) => code === 'newer-image').map(({ message }) => message.split(' ')[0]),
      ['img-web-shared', 'img-web-pending'],
    );
    const named = await plan({ image: { newestNamed: 'web-', sharedBy: ['mallory'] } });
    assert.deepEqual([named.image.imageId, named.image.origin?.owner], ['img-web-shared', 'mallory']);
    assert.ok(codes(named).includes('foreign-image'));
    await assert.rejects(plan({ image: { id: 'img-web-new', sharedBy: ['mallory'] } }), /image\.sharedBy/);
  });

  it('given what rebuilds would change beside the disk, then it is told with how many VMs it is of, and issues skip theirs', async (t) => {
    const script = { userdata: [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gK' }] };
    const { cloud, plan } = await startStand(t, [
      vm(id('script-1'), 'running', script),
      vm(id('script-2'), 'running', { ...script, keyNames: ['deploy'] }),
      vm(id('team'), 'running', { metadata: [{ key: 'Team-', value: 'a' }] }),
      vm(id('lost'), 'running', { imageId: 'img-that-is-gone' }),
    ]);
    const rebuild = { passwordRef: 'env:REIMAGE_SECRET_P', onFailure: 'rollback' as const };

    const made = await plan({ rebuild });

    assert.deepEqual(skips(made), { [id('team')]: 'validation-failed', [id('lost')]: 'validation-failed' });
    const reasons = made.rows.flatMap(({ skip }) => skip?.reasons ?? []).join(' ');
    assert.match(reasons, /"Team-" ends in a dash/);
    assert.match(reasons, /img-that-is-gone .*does not exist any more/);
    const told = made.warnings.map(({ code, message }) => `${code}: ${message.split(':')[0]}`);
    assert.ok(told.includes('launch-script-runs: 2 VMs'), told.join());
    assert.ok(told.includes('key-lost: 1 VM'), told.join());
    const held = await plan({ rebuild: { ...rebuild, onFailure: 'hold' } });
    assert.ok(codes(held).includes('rollback-source'));
    assert.equal(cloud.journal.changes().length, 0);
  });
});
