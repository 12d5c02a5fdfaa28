import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PruneOptions } from '../../../../client/cli/commands/backups.js';
import type { CliClient } from '../../../../client/cli/io/deps.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import type { BackupImage, PruneReport } from '../../../../contracts/backup.js';
import { runFake } from './fake-deps.js';

const R = ['--region', 'cn-north-1'];
const PRUNE = ['backups', 'prune', 'i-a1', ...R, '--keep', '1'];

function backup(imageId: string, overrides: Partial<BackupImage> = {}): BackupImage {
  const createdAt = '2026-11-23T18:02:11.000Z';
  const name = `reimage-i-a1-${imageId}`;
  return { imageId, name, instanceId: 'i-a1', status: 'ready', createdAt, usedBy: [], ...overrides };
}

/** What a clean-up of three backups comes to. */
function report(overrides: Partial<PruneReport> = {}): PruneReport {
  return {
    deleted: [backup('img-2'), backup('img-1')],
    kept: [{ ...backup('img-3'), reason: 'it is the newest' }],
    refused: [],
    dryRun: false,
    ...overrides,
  };
}

/** A library that deletes what it is asked to, and tells each request. */
function library(done: Partial<PruneReport> = {}) {
  const asked: Parameters<CliClient['pruneBackups']>[0][] = [];
  const pruneBackups: CliClient['pruneBackups'] = async (input) => {
    asked.push(input);
    return report(input.dryRun === true ? { dryRun: true } : done);
  };
  return { client: { pruneBackups }, asked };
}

describe('reimage backups list', () => {
  const backups = [
    backup('img-2', { usedBy: ['i-x', 'i-y'] }),
    backup('img-1', { status: 'pending', createdAt: null }),
  ];

  it('prints a table, newest first, with who uses them', async () => {
    const { exitCode, out, calls } = await runFake(['backups', 'list', 'i-a1', ...R], {
      client: { listBackups: async () => backups },
    });
    assert.deepEqual([exitCode, calls], [0, ['listBackups', 'close']]);
    assert.deepEqual(out, [
      'IMAGE  INSTANCE  STATUS   CREATED                   USED BY  NAME',
      'img-2  i-a1      ready    2026-11-23T18:02:11.000Z  i-x,i-y  reimage-i-a1-img-2',
      'img-1  i-a1      pending  -                         -        reimage-i-a1-img-1',
    ]);
  });

  it('prints one object in JSON', async () => {
    const argv = ['backups', 'list', ...R, '--output', 'json'];
    const { out } = await runFake(argv, { client: { listBackups: async () => backups } });
    assert.deepEqual(
      out.map((line) => JSON.parse(line)),
      [{ backups }],
    );
  });

  it('says that there are none', async () => {
    const { out } = await runFake(['backups', 'list', ...R], { client: { listBackups: async () => [] } });
    assert.deepEqual(out, ['no backups']);
  });

  it('asks for a whole region or one VM, the region from JDCLOUD_REGION when it is not written', async () => {
    const scopes: unknown[] = [];
    const listBackups: CliClient['listBackups'] = async (scope) => {
      scopes.push(scope);
      return [];
    };
    await runFake(['backups', 'list', 'i-a1', ...R], { client: { listBackups } });
    const { err } = await runFake(['backups', 'list'], {
      client: { listBackups },
      env: { JDCLOUD_REGION: 'cn-east-2' },
    });
    assert.deepEqual(scopes, [{ regionId: 'cn-north-1', instanceId: 'i-a1' }, { regionId: 'cn-east-2' }]);
    assert.match(err.join(), /region cn-east-2, from JDCLOUD_REGION/);
  });

  it('fails as the library does', async () => {
    const listBackups = () => Promise.reject(toReimageError(failureOf('NoWorker', 'No worker answered.')));
    const { exitCode, err } = await runFake(['backups', 'list', ...R], { client: { listBackups } });
    assert.equal(exitCode, 7);
    assert.match(err.join('\n'), /NoWorker: No worker answered\./);
  });
});

describe('reimage backups prune on a terminal', () => {
  it('shows what would go, asks, and deletes when the word is typed', async () => {
    const { client, asked } = library({ kept: [{ ...backup('img-3'), reason: 'it is to be spared' }] });
    const { exitCode, out, err, questions } = await runFake(PRUNE, { client, answer: ' delete ' });

    assert.equal(exitCode, 0);
    assert.deepEqual(err, [
      'ACTION  IMAGE  INSTANCE  CREATED                   WHY',
      'delete  img-2  i-a1      2026-11-23T18:02:11.000Z  -',
      'delete  img-1  i-a1      2026-11-23T18:02:11.000Z  -',
      'keep    img-3  i-a1      2026-11-23T18:02:11.000Z  it is the newest',
    ]);
    assert.deepEqual(questions, ['Type delete to delete 2 backups in cn-north-1 for good: ']);
    assert.match(out.join('\n'), /^ACTION[^]*\ndeleted {2}img-2 [^]*\nkept {5}img-3 [^]*it is the newest$/);
    const scope = { regionId: 'cn-north-1', instanceId: 'i-a1', keep: 1 };
    assert.deepEqual(asked, [
      { ...scope, dryRun: true },
      { ...scope, spare: ['img-3'] },
    ]);
  });

  for (const answer of ['yes', 'Delete', '2', '', null]) {
    it(`deletes nothing and exits 4 where ${JSON.stringify(answer)} is typed`, async () => {
      const { client, asked } = library();
      const { exitCode, out, err } = await runFake([...PRUNE, '--output', 'json'], { client, answer });
      assert.equal(exitCode, 4);
      assert.deepEqual(
        asked.map(({ dryRun }) => dryRun),
        [true],
      );
      const { outcome, failure } = JSON.parse(out.join()) as {
        outcome: string;
        failure: { type: string; next: string };
      };
      assert.deepEqual([outcome, failure.type], ['cancelled', 'NotConfirmed']);
      assert.match(failure.next, /type delete, or pass --yes/);
      assert.match(err.join('\n'), /Nothing was touched/);
    });
  }

  it('asks nothing where there is nothing to delete', async () => {
    const pruneBackups = async () => report({ deleted: [], dryRun: true });
    const { exitCode, out, questions } = await runFake(PRUNE, { client: { pruneBackups }, answer: 'delete' });
    assert.deepEqual([exitCode, questions, out.at(-1)], [0, [], 'Nothing to delete.']);
  });
});

describe('reimage backups prune in a script', () => {
  it('is refused without --yes, before anybody is asked', async () => {
    const { client, asked } = library();
    const { exitCode, err, calls } = await runFake(PRUNE, { client });
    assert.deepEqual([exitCode, calls, asked], [2, [], []]);
    assert.match(err.join('\n'), /pass --yes, or --dry-run/);
  });

  it('with --yes deletes at once and prints the report', async () => {
    const { client, asked } = library();
    const { exitCode, out, questions } = await runFake([...PRUNE, '--yes', '--output', 'json'], { client });
    assert.deepEqual([exitCode, questions], [0, []]);
    assert.deepEqual(
      out.map((line) => JSON.parse(line)),
      [report()],
    );
    assert.deepEqual(asked, [{ regionId: 'cn-north-1', instanceId: 'i-a1', keep: 1 }]);
  });

  it('with --dry-run tells and deletes nothing, also with --yes', async () => {
    for (const more of [[], ['--yes']]) {
      const { client, asked } = library();
      const text = await runFake([...PRUNE, '--dry-run', ...more], { client });
      assert.equal(text.exitCode, 0);
      assert.match(text.out.join('\n'), /\ndelete {2}img-1 [^]*\nDry run: nothing was deleted\.$/);
      const json = await runFake([...PRUNE, '--dry-run', ...more, '--output', 'json'], { client });
      assert.deepEqual(
        json.out.map((line) => JSON.parse(line)),
        [report({ dryRun: true })],
      );
      assert.deepEqual(
        asked.map(({ dryRun }) => dryRun),
        [true, true],
      );
    }
  });

  it('exits 3 when JD Cloud refused a deletion, and says which and why', async () => {
    const { client } = library({ refused: [{ imageId: 'img-0', reason: "Can't delete shared image" }] });
    const { exitCode, out } = await runFake([...PRUNE, '--yes'], { client });
    assert.equal(exitCode, 3);
    assert.match(out.join('\n'), /\nrefused {2}img-0 +- +- +Can't delete shared image\n/);
  });
});

describe('--keep of reimage backups prune', () => {
  const parse = (keep: string) => PruneOptions.parse({ keep, output: 'text' }).keep;

  it('is a number or an age', () => {
    assert.deepEqual(['3', '100', '36h', '30d', '8w'].map(parse), [3, 100, '36h', '30d', '8w']);
  });

  for (const keep of ['0', '101', '-1', '3x', '1.5', '0d', '30 d', 'all']) {
    it(`is not ${keep}: exits 2 and says what it takes`, async () => {
      const { exitCode, err, calls } = await runFake(['backups', 'prune', ...R, '--yes', `--keep=${keep}`]);
      assert.deepEqual([exitCode, calls], [2, []]);
      assert.match(err.join('\n'), /must be a number from 1 to 100, or a duration such as 36h, 30d or 8w \(--keep\)/);
    });
  }

  it('must be said', async () => {
    const { exitCode, err } = await runFake(['backups', 'prune', ...R, '--yes']);
    assert.equal(exitCode, 2);
    assert.match(err.join('\n'), /--keep/);
  });
});
