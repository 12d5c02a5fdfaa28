import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayBeMoved } from '../../../../client/fleets/rollback-targets.js';
import { settle } from '../../../../client/fleets/settled-members.js';
import type { MemberProgress } from '../../../../contracts/fleet/fleet-progress.js';
import { member } from '../cli/fleet-fakes.js';

const under = member('i-a1', { state: 'rebuilding', startedAt: '2026-11-24T10:00:00.000Z' });
const ended = { status: 'failed', finishedAt: '2026-11-24T10:05:00.000Z', backupImageId: 'img-kept' } as const;

describe('a VM whose fleet was terminated in the middle of its rebuild', () => {
  it('is under way for as long as its rebuild is', () => {
    assert.equal(settle(under, { status: 'running', finishedAt: null, backupImageId: null }, null), under);
  });

  it('was put back where its rebuild was done and left it on another image than the one of the fleet', () => {
    const done = { status: 'done', finishedAt: '2026-11-24T10:05:00.000Z', backupImageId: null } as const;
    const states = [under.imageId, 'img-former'].map(
      (imageAfter) => settle(under, done, { outcome: 'done', imageBefore: 'img-former', imageAfter }).state,
    );
    assert.deepEqual(states, ['done', 'rolled-back']);
  });

  it('has the last backup of what it had, and none of what an earlier attempt has made of it', () => {
    const backup = { imageId: 'img-later', name: 'b', status: 'ready', dataDisks: false, pruned: [] };
    const of = (imageBefore: string, earlier: string | null) =>
      settle({ ...under, imageBefore: 'img-former', backupImageId: earlier }, ended, {
        outcome: 'done',
        imageBefore,
        imageAfter: under.imageId,
        backup,
      }).backupImageId;
    assert.deepEqual(
      [of('img-former', null), of(under.imageId, 'img-first'), of(under.imageId, null)],
      ['img-later', 'img-first', null],
    );
  });

  it('has failed where nothing tells how its rebuild ended', () => {
    for (const run of [ended, undefined]) {
      const { state, failure, reason, backupImageId } = settle(under, run, null);
      assert.deepEqual(
        [state, failure, backupImageId],
        ['failed', 'Unexpected', run === undefined ? null : 'img-kept'],
      );
      assert.match(reason ?? '', /look at the VM/);
    }
  });
});

describe('a VM that a fleet may have moved', () => {
  const rows: readonly [Pick<MemberProgress, 'state' | 'startedAt' | 'goal'>, boolean][] = [
    [{ state: 'done', startedAt: 'then' }, true],
    [{ state: 'failed', startedAt: 'then' }, true],
    [{ state: 'waiting', startedAt: 'then' }, true],
    [{ state: 'waiting', startedAt: null }, false],
    [{ state: 'rolled-back', startedAt: 'then' }, false],
    [{ state: 'rebuilding', startedAt: 'then' }, false],
    [{ state: 'skipped', startedAt: 'then' }, true],
    [{ state: 'skipped', startedAt: null }, false],
    [{ state: 'deferred', startedAt: null, goal: 'rollback' }, true],
    [{ state: 'rebuilding', startedAt: 'then', goal: 'rollback' }, false],
    [{ state: 'rolled-back', startedAt: 'then', goal: 'rollback' }, false],
  ];
  for (const [is, may] of rows) {
    const { state, startedAt, goal } = is;
    const why = [startedAt === null ? ', never started' : '', goal === 'rollback' ? ', to be put back' : ''].join('');
    it(`is ${may ? '' : 'not '}one that is ${state}${why}`, () => assert.equal(mayBeMoved(is), may));
  }
});
