import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defer } from '../fixtures/defer.js';
import { ROOT, trackedFiles } from '../repository/tracked-files.js';
import { codeBlocksOf } from './markdown.js';

/**
 * What stands before a sample that goes on from the text around it, for each name that it uses and does not declare:
 * the sample alone is what the reader sees.
 */
const AROUND: Readonly<Record<string, string>> = {
  ReimageClient: "import { ReimageClient } from 'reimage';",
  Client: "import { Client } from '@temporalio/client';",
  connection: "declare const connection: import('@temporalio/client').Connection;",
  client: "declare const client: import('reimage').ReimageClient;",
  reimage: "declare const reimage: import('reimage').ReimageClient;",
  fleets: "declare const fleets: import('reimage').ReimageClient['fleets'];",
  vm: "declare const vm: import('reimage').VmRef;",
  request: "declare const request: import('reimage').RebuildRequestInput;",
  spec: "declare const spec: import('reimage').FleetSpecInput;",
  tellSomebody: 'declare function tellSomebody(what: unknown): Promise<void>;',
  askSomebody: 'declare function askSomebody(...shown: readonly unknown[]): Promise<boolean>;',
  t: "declare const t: import('node:test').TestContext;",
  assert: "import assert from 'node:assert/strict';",
  startSimulator: "import { startSimulator } from 'ROOT/simulator/start-simulator.js';",
  region: "import { region, vm } from 'ROOT/simulator/model/builders.js';",
};

/** A sample as a module of its own. */
function moduleOf(code: string): string {
  const bare = code.replaceAll(/'[^'\n]*'|\/\/.*/g, '');
  const uses = (name: string) => new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${name}\\b(?!:)`).test(bare);
  const declares = (name: string) =>
    new RegExp(`\\b(?:const|let|using|function) (?:\\{[^}=]*\\b)?${name}\\b|import \\{[^}]*\\b${name}\\b`).test(code);
  const isCloud = uses('region');
  const around = Object.entries(AROUND).filter(
    ([name]) => uses(name) && !declares(name) && !(name === 'vm' && isCloud),
  );
  const own = [...around.map(([, line]) => line), code, 'export {};'].join('\n');
  return own.replaceAll("'reimage'", `'${ROOT}client/index.js'`).replaceAll("'ROOT/", `'${ROOT}`);
}

const samples = trackedFiles()
  .filter(({ path }) => path.endsWith('.md'))
  .flatMap(({ path, text }) =>
    codeBlocksOf(text)
      .filter(({ language }) => language === 'ts')
      .map(({ code }, at) => ({ path, name: `${path.replaceAll(/\W/g, '-')}-${at + 1}.mts`, code })),
  );

describe('the TypeScript of all pages', () => {
  it('passes the type checker', async (t) => {
    assert.ok(samples.length >= 10);
    const folder = await mkdtemp(join(ROOT, '.build-test-docs-'));
    defer(t, () => rm(folder, { recursive: true, force: true }));
    for (const { name, code } of samples) await writeFile(join(folder, name), moduleOf(code));
    const compilerOptions = { noUnusedLocals: false, noEmit: true };
    const project = join(folder, 'tsconfig.json');
    const files = samples.map(({ name }) => name);
    await writeFile(project, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, files }));
    const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });
});
