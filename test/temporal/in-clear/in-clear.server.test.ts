import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startDevServer } from '../../../temporal/dev-server/dev-server.js';
import { tableRowsOf } from '../../docs/markdown.js';
import { codecKeys } from '../../fixtures/codec-keys.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { testTemporalCli } from '../../fixtures/temporal-env.js';
import { CANARY, type Canary, PASSWORD } from './canaries.js';
import { walk } from './walk.js';

const page = await readFile(new URL('../../../docs/encryption.md', import.meta.url), 'utf8');
const [, section = ''] = /^### What is not encrypted\n([^]*?)^#/m.exec(page) ?? [];
const ROWS = tableRowsOf(section)
  .slice(1)
  .map(([what = '']) => what);

/** Walks through everything on a server of its own, and searches the server's database. @returns the words that stand there */
async function wordsInDatabase(
  scope: Scope,
  keys: Readonly<Record<string, string>>,
): Promise<{ found: (word: string) => boolean; canaries: readonly Canary[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-in-clear-'));
  defer(scope, () => rm(directory, { recursive: true, force: true }));
  const dbFilename = join(directory, 'temporal.db');
  const server = await startDevServer({
    path: await testTemporalCli(),
    logFile: join(directory, 'temporal.log'),
    dbFilename,
  });
  defer(scope, () => server.stop());
  const { vmId, backupImageId } = await walk(scope, server.address, keys);
  assert.notEqual(backupImageId, '');
  const own: Canary[] = [
    { word: vmId, row: 'VM ids' },
    { word: backupImageId, row: 'backup image ids' },
  ];
  const files = await Promise.all(
    [dbFilename, `${dbFilename}-wal`].map((file) => readFile(file).catch(() => Buffer.alloc(0))),
  );
  return {
    found: (word) => files.some((file) => file.includes(word)),
    canaries: [...Object.values<Canary>(CANARY), ...own],
  };
}

describe('the database of a Temporal server', () => {
  it('given encryption, then exactly that stands in clear which docs/encryption.md lists', async (t) => {
    const { word: keyId } = CANARY.keyId;
    const keys = codecKeys()(keyId);
    const { found, canaries } = await wordsInDatabase(t, keys);
    const leaked = canaries.filter(({ word, row }) => row === null && found(word)).map(({ word }) => word);
    assert.deepEqual(leaked, [], 'what is to be encrypted');
    const listed = new Set(canaries.filter(({ word }) => found(word)).flatMap(({ row }) => row ?? []));
    assert.deepEqual([...listed].toSorted(), ROWS.toSorted());
    assert.ok(!found(PASSWORD));
  });

  it('given none, then all of it stands there, but no password: this test can fail', async (t) => {
    const { found, canaries } = await wordsInDatabase(t, {});
    const missing = canaries.filter(({ word }) => !found(word)).map(({ word }) => word);
    assert.deepEqual(missing, [CANARY.keyId.word]);
    assert.ok(!found(PASSWORD));
  });
});
