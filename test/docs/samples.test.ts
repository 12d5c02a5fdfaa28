import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseFleetFile } from '../../client/index.js';
import { HealthCheck } from '../../contracts/health-check.js';
import { commandSource } from '../../jdcloud/credentials-command.js';
import { FaultRule } from '../../simulator/model/fault-rule.js';
import { mistypedVariables } from '../../temporal/worker/mistyped-variables.js';
import { trackedFiles } from '../repository/tracked-files.js';
import { codeBlocksOf } from './markdown.js';
import { argvOf, shellLines } from './shell.js';

/*
 * Every block of a page is run or checked: `reimage` lines are parsed in commands.test.ts, `ts` is type-checked in
 * typescript.test.ts, and the rest is checked here. What no test of ours can run stands in the tables below, with why.
 */

const files = trackedFiles();
const pages = files.filter(({ path }) => path.endsWith('.md'));
const blocks = pages.flatMap(({ path, text }) => codeBlocksOf(text).map((block) => ({ path, ...block })));
const of = (...languages: readonly string[]) => blocks.filter(({ language }) => languages.includes(language));
const named = (block: { readonly path: string; readonly code: string }) =>
  `${block.path}: ${block.code.split('\n').find((line) => line.trim() !== '')}`;

const LANGUAGES = ['sh', 'ts', 'json', 'yaml', 'text', 'diff'];

/** Programs that are not ours, by page; each with why no test runs the line. */
const OTHER_PROGRAMS: readonly { readonly path: string; readonly starts: RegExp; readonly why: string }[] = [
  { path: 'docs/tutorial.md', starts: /^curl -X /, why: 'played by tutorial.server.test.ts' },
  { path: 'docs/runbooks/red-fleet.md', starts: /^curl -X /, why: 'played by runbooks.server.test.ts' },
  { path: 'docs/simulator.md', starts: /^curl /, why: 'the control endpoint is tested in test/unit/simulator/' },
  { path: 'docs/simulator.md', starts: /^temporal server start-dev$/, why: 'the server that every test here starts' },
  { path: 'docs/operator-guide.md', starts: /^temporal operator search-attribute create /, why: 'settings.test.ts' },
  { path: 'docs/encryption.md', starts: /^\(umask 077; openssl rand -hex 32 > \S+\)$/, why: 'writes under /etc' },
  { path: 'docs/encryption.md', starts: /^TOKEN=\$\(cat \S+\)$/, why: 'reads under /etc' },
  {
    path: 'docs/encryption.md',
    starts: /^temporal workflow show .*--codec-endpoint/,
    why: 'a codec server of the reader; ours is tested in test/temporal/',
  },
  { path: 'docs/library.md', starts: /^npx esbuild portal\.ts /, why: 'install.server.test.ts runs it' },
  { path: 'docs/secrets.md', starts: /^(#!\/bin\/sh|exec vault kv put )/, why: 'a script for a Vault of the reader' },
  { path: 'docs/self-hosting.md', starts: /^(go install|SCHEMA=|sql |temporal )/, why: 'npm run test:cluster' },
  { path: 'docs/self-hosting.md', starts: /^(\w+=\S+\s+)+server --root/, why: 'npm run test:cluster' },
  { path: 'CONTRIBUTING.md', starts: /^(git clone |node scripts\/setup\.mjs$)/, why: 'what brought you here' },
];

/** Variables of programs that are not ours. */
const THEIR_VARIABLES = ['SQL_PLUGIN', 'SQL_HOST', 'SQL_PORT', 'SQL_USER', 'SQL_PASSWORD'];
/** Its options are those of StrykerJS. */
const OF_STRYKER = 'test:stryker';
const Scripts = z.looseObject({ scripts: z.record(z.string(), z.string()) });
const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const OUR_PREFIXES = /^(REIMAGE|TEMPORAL|JDCLOUD)_/;

describe('the blocks of all pages', () => {
  it('name a language that a test knows', () => {
    assert.ok(blocks.length > 80);
    assert.deepEqual(blocks.filter(({ language }) => !LANGUAGES.includes(language)).map(named), []);
  });
});

describe('a line of shell', () => {
  const lines = of('sh').flatMap(({ path, code }) => shellLines(code).map((line) => ({ path, line })));
  const assignments = lines.flatMap(({ path, line }) => {
    const [, words = ''] = /^(?:export )?((?:\w+=(?:'[^']*'|"[^"]*"|\S+)(?: |$))+)/.exec(line) ?? [];
    return [...words.matchAll(/(?:^|\s)(\w+)=/g)].map(([, name = '']) => ({ path, name }));
  });

  it('is a command of ours, an npm script, a setting, or a listed program of others', () => {
    const isOurs = (line: string) => argvOf(line) !== null || /^(npm |npx tsx |export )/.test(line);
    const isListed = (path: string, line: string) =>
      OTHER_PROGRAMS.some((other) => other.path === path && other.starts.test(line));
    const rest = lines.filter(
      ({ path, line }) => !isOurs(line.replace(/^(\w+=\S+ )+(?=npm )/, '')) && !isListed(path, line),
    );
    assert.deepEqual(rest, []);
  });

  it('sets only variables that something reads', () => {
    assert.ok(assignments.length > 10);
    const ours = assignments.filter(({ name }) => OUR_PREFIXES.test(name));
    const mistyped = ours.flatMap(({ path, name }) =>
      mistypedVariables({ [name]: 'x' }).map((what) => `${path}: ${what}`),
    );
    const exported = lines
      .filter(({ line }) => line.startsWith('export '))
      .flatMap(({ path, line }) => [...line.matchAll(/ (\w+)=/g)].map(([, name = '']) => ({ path, name })));
    const unknown = exported.filter(({ name }) => !OUR_PREFIXES.test(name) && !THEIR_VARIABLES.includes(name));
    assert.deepEqual([mistyped, unknown], [[], []]);
  });

  it('gives an npm script only options that the script knows', async () => {
    const { scripts } = Scripts.parse(JSON.parse(await read('package.json')));
    const runs = lines.flatMap(({ path, line }) => {
      const [, script = '', options] = /npm run ([\w:]+) -- (.*)/.exec(line) ?? [];
      return options === undefined || script === OF_STRYKER ? [] : [{ path, script, options }];
    });
    assert.ok(runs.length > 10);
    for (const { path, script, options } of runs) {
      const [, entry = ''] = /tsx (\S+\.ts)/.exec(scripts[script] ?? '') ?? [];
      const folder = `${posix.dirname(entry)}/`;
      const source = files.flatMap((file) => (file.path.startsWith(folder) ? [file.text] : [])).join('\n');
      for (const [, name = ''] of options.matchAll(/(?<= |^)--([\w-]+)/g))
        assert.match(source, new RegExp(`\\b${name}\\b'?:|'${name}'`), `${path}: npm run ${script} -- --${name}`);
    }
  });

  it('is needed for each entry of the list of others', () => {
    const idle = OTHER_PROGRAMS.filter(
      (other) => !lines.some(({ path, line }) => other.path === path && other.starts.test(line)),
    );
    assert.deepEqual(idle, []);
  });
});

const READERS: Readonly<Record<string, (code: string) => unknown>> = {
  fleet: (code) => parseFleetFile(code, 'sample.yaml'),
  healthChecks: (code) => z.array(HealthCheck).min(1).parse(JSON.parse(code)),
  fault: (code) => FaultRule.parse(JSON.parse(code)),
  credentials: (code) => commandSource('sample', async () => code)({ after: null }),
  pod: (code) => Pod.parse(parse(code)),
};
/** The part of a Kubernetes pod that runs a worker. */
const Pod = z.strictObject({
  spec: z.strictObject({
    terminationGracePeriodSeconds: z.int(),
    containers: z.array(
      z.strictObject({
        name: z.string(),
        command: z.tuple([z.literal('node'), z.literal('dist/client/cli/main.js'), z.literal('worker')]),
        env: z.array(
          z.strictObject({
            name: z.string().refine((name) => mistypedVariables({ [name]: 'x' }).length === 0),
            value: z.string(),
          }),
        ),
        livenessProbe: z.looseObject({}),
        readinessProbe: z.looseObject({}),
      }),
    ),
  }),
});

describe('a sample of JSON or YAML', () => {
  for (const block of of('json', 'yaml')) {
    it(`is what exactly one reader accepts: ${named(block)}`, async () => {
      const accepted: string[] = [];
      const said: string[] = [];
      for (const [name, read] of Object.entries(READERS)) {
        try {
          await read(block.code);
          accepted.push(name);
        } catch (error) {
          said.push(`${name}: ${String(error)}`);
        }
      }
      assert.equal(accepted.length, 1, said.join('\n'));
    });
  }
});
