import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseBackups } from '../../../../activities/backup/choose-backups.js';
import type { BackupImage, KeepBackups } from '../../../../contracts/backup.js';

const NOW = new Date('2026-11-24T12:00:00Z');

/** A backup that was ready so many days ago. */
function backup(imageId: string, daysAgo: number | null, overrides: Partial<BackupImage> = {}): BackupImage {
  const createdAt = daysAgo === null ? null : new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString();
  return { imageId, name: imageId, instanceId: 'i-a', status: 'ready', createdAt, usedBy: [], ...overrides };
}

interface Row {
  readonly name: string;
  readonly keep: KeepBackups;
  readonly backups: readonly BackupImage[];
  readonly spare?: readonly string[];
  readonly doomed: readonly string[];
}

const [a, b, c] = [backup('img-a', 1), backup('img-b', 2), backup('img-c', 3)];

const ROWS: readonly Row[] = [
  { name: 'the newest two', keep: 2, backups: [a, b, c], doomed: ['img-c'] },
  { name: 'the newest two, in whatever order they come', keep: 2, backups: [c, a, b], doomed: ['img-c'] },
  { name: 'all when there are no more', keep: 3, backups: [a, b, c], doomed: [] },
  { name: 'those younger than 36 hours', keep: '36h', backups: [a, b, c], doomed: ['img-b', 'img-c'] },
  { name: 'none that is exactly as old', keep: '2d', backups: [a, b, c], doomed: ['img-b', 'img-c'] },
  { name: 'none, when all are older', keep: '1h', backups: [a, b], doomed: ['img-a', 'img-b'] },
  {
    name: 'the newest of each VM',
    keep: 1,
    backups: [a, b, backup('img-x', 8, { instanceId: 'i-b' }), backup('img-y', 9, { instanceId: 'i-b' })],
    doomed: ['img-b', 'img-y'],
  },
  { name: 'what is spared', keep: 1, backups: [a, b, c], spare: ['img-c'], doomed: ['img-b'] },
  {
    name: 'what a VM uses',
    keep: 1,
    backups: [a, { ...b, usedBy: ['i-z'] }, c],
    doomed: ['img-c'],
  },
  {
    name: 'what is still being made, or in a status we do not know, without counting it',
    keep: 1,
    backups: [backup('img-p', 0, { status: 'pending' }), backup('img-r', 0.5, { status: 'Replicating' }), a, b],
    doomed: ['img-b'],
  },
  {
    name: 'no broken one, however new, and does not count it',
    keep: 1,
    backups: [backup('img-e', 0, { status: 'error' }), a, b],
    doomed: ['img-e', 'img-b'],
  },
  {
    name: 'a broken one that a VM uses',
    keep: 1,
    backups: [a, backup('img-e', 9, { status: 'error', usedBy: ['i-z'] })],
    doomed: [],
  },
  { name: 'what has no age, by number', keep: 1, backups: [backup('img-n', null), a, b], doomed: ['img-b'] },
  { name: 'what has no age, by age', keep: '1h', backups: [backup('img-n', null), a], doomed: ['img-a'] },
  {
    name: 'the spared one of two made in the same second',
    keep: 1,
    backups: [backup('img-1', 1), backup('img-2', 1)],
    spare: ['img-2'],
    doomed: ['img-1'],
  },
];

describe('chooseBackups keeps', () => {
  for (const { name, keep, backups, spare = [], doomed } of ROWS) {
    it(`${name} (${keep})`, () => {
      const chosen = chooseBackups(backups, { keep, spare, now: NOW });
      assert.deepEqual(
        chosen.doomed.map(({ imageId }) => imageId),
        doomed,
      );
      const all = [...chosen.doomed, ...chosen.kept].map(({ imageId }) => imageId);
      assert.deepEqual(all.toSorted(), backups.map(({ imageId }) => imageId).toSorted(), 'each is in one of the two');
    });
  }

  it('each with its reason', () => {
    const pending = backup('img-p', 0, { status: 'pending' });
    const chosen = chooseBackups([pending, a, b, { ...c, usedBy: ['i-z', 'i-y'] }], {
      keep: 2,
      spare: ['img-b'],
      now: NOW,
    });
    assert.deepEqual(
      chosen.kept.map(({ reason }) => reason),
      ['it is pending', 'it is number 1 of the newest 2', 'it is to be spared', 'it is the image of i-z, i-y'],
    );
  });
});
