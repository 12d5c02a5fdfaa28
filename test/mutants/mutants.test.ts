import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defer, type Scope } from '../fixtures/defer.js';
import { suiteScope } from '../fixtures/suite-scope.js';
import { ROOT } from '../repository/tracked-files.js';
import { environmentOfTests } from '../runner/environment.js';
import { copyProject } from './copy.js';
import { MUTANTS } from './list/all.js';
import { type Mutant, plantInto } from './mutant.js';
import { tryMutants } from './try-mutants.js';
import { exitCodeOf } from './verdict.js';

describe('the kept list of mutants', () => {
  it('applies: each stands in its file, once', () => {
    for (const mutant of MUTANTS) plantInto(readFileSync(join(ROOT, mutant.file), 'utf8'), mutant);
  });

  it('changes something, each under a name of its own', () => {
    for (const { name, text, replacement } of MUTANTS) assert.notEqual(text, replacement, name);
    const names = MUTANTS.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });

  it('names tests that there are', () => {
    for (const { name, tests } of MUTANTS)
      for (const path of tests) assert.ok(existsSync(join(ROOT, path)), `${name}: ${path}`);
  });
});

const TESTS = {
  'sum.test.mjs': `import { sum } from './sum.mjs';
    it('adds', () => assert.equal(sum(2, 2), 4));
    it('adds nothing', () => assert.equal(sum(2, 0), 2));`,
  'crash.test.mjs': `import { sum } from './sum.mjs';
    it('passes', () => undefined);
    it('ends the process', () => { if (sum(2, 2) !== 4) process.exit(3); });`,
  'hook.test.mjs': `import { sum } from './sum.mjs';
    before(() => { if (sum(2, 2) !== 4) throw new Error('no set-up'); });
    it('passes', () => undefined);`,
  'skipped.test.mjs': `it('is left out', { skip: true }, () => undefined);`,
  'red.test.mjs': `it('fails in any case', () => assert.fail());`,
};

const IMPORTS = `import assert from 'node:assert/strict'; import { before, it } from 'node:test';\n`;

/** A project of one function, and a copy of it. */
async function startSmallProject(scope: Scope) {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-small-'));
  defer(scope, () => rm(directory, { recursive: true, force: true }));
  const project = join(directory, 'project');
  await mkdir(project);
  await writeFile(join(project, 'sum.mjs'), SOURCE);
  for (const [name, source] of Object.entries(TESTS)) await writeFile(join(project, name), IMPORTS + source);
  return { project, copy: await copyProject(project, join(directory, 'copy')) };
}

const SOURCE = 'export const sum = (a, b) => a + b; // twice: ; ;\n';

const mutant = (change: Partial<Mutant> = {}): Mutant => ({
  name: 'a sum that multiplies',
  file: 'sum.mjs',
  text: 'a + b',
  replacement: 'a * b',
  tests: ['sum.test.mjs'],
  why: 'money',
  ...change,
});

const ROWS: readonly {
  readonly name: string;
  readonly mutant: Mutant;
  readonly fate: string;
  readonly says?: RegExp;
}[] = [
  { name: 'that a test sees', mutant: mutant(), fate: 'killed' },
  { name: 'that no test sees', mutant: mutant({ only: '^adds$' }), fate: 'lived' },
  { name: 'whose text is gone', mutant: mutant({ text: 'a - b' }), fate: 'error', says: /no longer holds/ },
  { name: 'whose text stands there twice', mutant: mutant({ text: ' ;' }), fate: 'error', says: /2 times/ },
  { name: 'that does not load', mutant: mutant({ replacement: 'a +' }), fate: 'error', says: /SyntaxError/ },
  {
    name: 'by which the process of the tests ends',
    mutant: mutant({ replacement: 'a - b', tests: ['crash.test.mjs'] }),
    fate: 'error',
    says: /broken, not failed/,
  },
  {
    name: 'by which the set-up of the tests fails',
    mutant: mutant({ replacement: 'a - b', tests: ['hook.test.mjs'] }),
    fate: 'error',
    says: /broken, not failed/,
  },
  {
    name: 'whose tests have another name by now',
    mutant: mutant({ only: 'multiplies' }),
    fate: 'error',
    says: /no test was begun/,
  },
  {
    name: 'whose tests are skipped',
    mutant: mutant({ tests: ['skipped.test.mjs'] }),
    fate: 'error',
    says: /no test was begun/,
  },
  {
    name: 'whose tests fail without it',
    mutant: mutant({ tests: ['red.test.mjs'] }),
    fate: 'error',
    says: /without the mutant fails: fails in any case/,
  },
];

describe('a mutant', async () => {
  const { project, copy } = await startSmallProject(suiteScope());
  // NODE_TEST_CONTEXT is of the runner that runs this very file: another would take itself for a part of it.
  const { NODE_TEST_CONTEXT: _, ...env } = environmentOfTests({});
  for (const row of ROWS)
    it(`${row.name}: ${row.fate}`, async () => {
      const [tried] = await tryMutants({
        mutants: [row.mutant],
        copies: [copy],
        environment: async () => env,
        tell: () => undefined,
      });

      assert.equal(tried?.verdict.fate, row.fate, JSON.stringify(tried?.verdict));
      assert.equal(exitCodeOf(tried === undefined ? [] : [tried.verdict]), row.fate === 'killed' ? 0 : 1);
      if (row.says !== undefined) assert.match(JSON.stringify(tried?.verdict), row.says);
      for (const root of [project, copy.root]) assert.equal(readFileSync(join(root, 'sum.mjs'), 'utf8'), SOURCE);
    });
});
