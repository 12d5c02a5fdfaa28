import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { drawHouse } from '../../scripts/house/draw.js';
import { forbiddenImports } from '../../scripts/house/may-import.js';
import { PRODUCT, readHouse, type SourceFile } from '../../scripts/house/read-house.js';
import { circlesOf, mutualPairs } from '../../scripts/house/structure.js';
import { packagesLoadedBy, tooHeavy } from '../../scripts/house/weight.js';

/** A house of these files and no others. */
async function houseOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<SourceFile[]> {
  const root = await mkdtemp(join(tmpdir(), 'reimage-house-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const name of PRODUCT) if (!name.endsWith('.ts')) await mkdir(join(root, name));
  for (const [path, text] of Object.entries({ 'worker.ts': '', ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return await readHouse(root);
}

describe('the check of the house', () => {
  it('sees every way in which a file imports another', async (t) => {
    const files = await houseOf(t, {
      'contracts/a.ts': '',
      'contracts/b.ts': '',
      'contracts/c.ts': '',
      'contracts/d.ts': '',
      'activities/all.ts': [
        "import { a } from '../contracts/a.js';",
        "import type { B } from '../contracts/b.js';",
        "export { c } from '../contracts/c.js';",
        "export const d = () => import('../contracts/d.js');",
        'export const used = [a, {} as B];',
      ].join('\n'),
    });
    const imports = files.find(({ path }) => path === 'activities/all.ts')?.imports;
    assert.deepEqual(imports?.toSorted(), ['contracts/a.ts', 'contracts/b.ts', 'contracts/c.ts', 'contracts/d.ts']);
  });

  it('names an import of a file that does not exist', async (t) => {
    const house = houseOf(t, { 'contracts/a.ts': "export { b } from './b.js';" });
    await assert.rejects(house, { message: 'contracts/a.ts imports contracts/b.ts, which is not there.' });
  });

  it('finds a circle of types, and nothing in what is only reached twice', async (t) => {
    const files = await houseOf(t, {
      'contracts/a.ts': "import type { B } from './b.js';\nimport './d.js';\nexport type A = B;",
      'contracts/b.ts': "import type { C } from './c.js';\nimport './d.js';\nexport type B = C;",
      'contracts/c.ts': "import type { A } from './a.js';\nexport type C = A;",
      'contracts/d.ts': '',
    });
    assert.deepEqual(
      circlesOf(files).map((circle) => circle.toSorted()),
      [['contracts/a.ts', 'contracts/b.ts', 'contracts/c.ts']],
    );
  });

  it('finds folders that import each other by different files', async (t) => {
    const files = await houseOf(t, {
      'activities/fleet/a.ts': "import '../health/b.js';",
      'activities/fleet/c.ts': '',
      'activities/health/b.ts': '',
      'activities/health/d.ts': "import '../fleet/c.js';",
    });
    assert.deepEqual(mutualPairs(files), ['activities/fleet <> activities/health']);
    assert.deepEqual(circlesOf(files), []);
  });

  it('refuses an arrow between sub-folders that the table does not have, and a folder that it does not name', async (t) => {
    const files = await houseOf(t, {
      'activities/decisions/a.ts': "import '../rebuild/b.js';",
      'activities/rebuild/b.ts': "import '../decisions/c.js';",
      'activities/decisions/c.ts': '',
      'activities/elsewhere/d.ts': "import '../decisions/c.js';",
    });
    assert.deepEqual(forbiddenImports(files), [
      'activities/decisions/a.ts imports activities/rebuild/b.ts',
      'activities/elsewhere/d.ts imports activities/decisions/c.ts',
    ]);
  });

  it('tells what is loaded with a file, types and what is imported later aside', async (t) => {
    const files = await houseOf(t, {
      'client/index.ts':
        "import '../temporal/connect.js';\nimport type { Later } from '../temporal/later.js';\nexport type L = Later;",
      'client/lazy.ts': "export const lazy = () => import('../temporal/later.js');",
      'temporal/connect.ts':
        "import { readFile } from 'node:fs';\nimport { Worker } from '@temporalio/worker/lib/worker.js';\nexport const used = [readFile, Worker];",
      'temporal/later.ts': "import axios from 'axios';\nexport type Later = typeof axios;\nexport const later = axios;",
    });
    assert.deepEqual(packagesLoadedBy(files, 'client/index.ts'), ['@temporalio/worker']);
    assert.deepEqual(packagesLoadedBy(files, 'client/lazy.ts'), []);
    assert.deepEqual(tooHeavy(files), ['client/index.ts loads @temporalio/worker']);
  });

  it('draws a room for each folder, with its sub-folders and their number of files', async (t) => {
    const files = await houseOf(t, {
      'activities/fleet/a.ts': "import '../../contracts/c.js';",
      'activities/fleet/b.ts': '',
      'contracts/c.ts': '',
    });
    const picture = drawHouse(files);
    assert.match(picture, />activities\/<\/text>\n<text [^>]*>fleet {2}2</);
    assert.equal(picture.match(/marker-end/g)?.length, 1);
  });
});
