import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { findPostgres, POSTGRES_VARIABLE } from './find-postgres.js';

/** A folder with these programs, each of which tells its version. */
async function folder(t: TestContext, names: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'reimage-pg-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const bin = join(root, 'bin');
  await mkdir(bin);
  for (const name of names) {
    await writeFile(join(bin, name), `#!/bin/sh\necho "${name} (PostgreSQL) 15.99"\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

describe('where PostgreSQL is found', { skip: process.platform === 'win32' }, () => {
  it('in the folder that the variable names', async (t) => {
    const bin = await folder(t, ['postgres', 'initdb']);

    assert.deepEqual(await findPostgres({ [POSTGRES_VARIABLE]: bin }), { folder: bin, version: '15.99' });
  });

  it('nowhere else when that folder lacks one of the two', async (t) => {
    const bin = await folder(t, ['postgres']);

    await assert.rejects(findPostgres({ [POSTGRES_VARIABLE]: bin }), /REIMAGE_TEST_PG_BIN=.* holds no initdb/);
  });
});
