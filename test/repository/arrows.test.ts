import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { lint, ROOT } from './lint.js';

interface Arrows {
  readonly values: readonly string[];
  /** On top of the values. */
  readonly types?: readonly string[];
}

/** What each folder may import of the others: the house of the design. */
const MAY_IMPORT: Readonly<Record<string, Arrows>> = {
  contracts: { values: [] },
  jdcloud: { values: [] },
  secrets: { values: ['contracts'] },
  workflows: { values: ['contracts'], types: ['activities'] },
  activities: { values: ['contracts', 'jdcloud', 'secrets'] },
  temporal: { values: ['contracts', 'secrets'] },
  simulator: { values: [] },
  client: { values: ['contracts', 'secrets', 'temporal'], types: ['workflows', 'activities'] },
  'client/cli': {
    values: ['contracts', 'secrets', 'temporal', 'client', 'jdcloud', 'simulator', 'worker.js'],
    types: ['workflows', 'activities'],
  },
  'client/rehearsal': {
    values: ['contracts', 'secrets', 'temporal', 'client', 'jdcloud', 'simulator', 'worker.js'],
    types: ['workflows', 'activities'],
  },
};

const FOLDERS = Object.keys(MAY_IMPORT).filter((folder) => !folder.includes('/'));
const TARGETS = [...FOLDERS, 'worker.js'];

/** Everything that composes the house, and so sees all of it. */
const SEES_ALL = ['bench', 'scripts', 'test', 'docs'];

interface Planted {
  readonly path: string;
  readonly code: string;
  readonly isForbidden: boolean;
}

/** Each folder imports each other one, values and types, from its top and from a folder below. */
function plantAll(): Planted[] {
  return Object.entries(MAY_IMPORT).flatMap(([from, { values, types = [] }]) =>
    TARGETS.filter((target) => target !== from.split('/')[0]).flatMap((target) =>
      ['', 'below/'].flatMap((below) => {
        const up = '../'.repeat(`${from}/${below}`.split('/').length - 1);
        const specifier = up + (target === 'worker.js' ? target : `${target}/deep/thing.js`);
        const path = (kind: string) => `${from}/${below}${kind}-of-${target.replace('.js', '')}.ts`;
        return [
          {
            path: path('value'),
            code: `import { thing } from '${specifier}';\nexport const mine = thing;\n`,
            isForbidden: !values.includes(target),
          },
          {
            path: path('type'),
            code: `import type { Thing } from '${specifier}';\nexport type Mine = Thing;\n`,
            isForbidden: !values.includes(target) && !types.includes(target),
          },
        ];
      }),
    ),
  );
}

const contentOf = (planted: readonly Planted[]) => Object.fromEntries(planted.map(({ path, code }) => [path, code]));

describe('the arrows between folders', () => {
  it('given every import that one folder could make of another, then the lint refuses what the house forbids, and only that', (t) => {
    const planted = plantAll();

    const errors = lint(t, contentOf(planted));

    assert.deepEqual(
      errors,
      planted
        .filter(({ isForbidden }) => isForbidden)
        .map(({ path }) => `no-restricted-imports ${path}`)
        .toSorted(),
    );
  });

  it('given what the simulator may share with the client, then only the signature and the rules of the API', (t) => {
    const from = (name: string) => `import { thing } from '../jdcloud/${name}.js';\nexport const mine = thing;\n`;

    const errors = lint(t, {
      'simulator/signature.ts': from('signature'),
      'simulator/rules.ts': from('parameter-rules'),
      'simulator/client.ts': from('vm-client'),
      'simulator/errors.ts': from('errors'),
    });

    assert.deepEqual(errors, [
      'no-restricted-imports simulator/client.ts',
      'no-restricted-imports simulator/errors.ts',
    ]);
  });

  it('given folders that know nothing of Temporal, then the lint refuses its packages', (t) => {
    const code = "import { heartbeat } from '@temporalio/activity';\nexport const mine = heartbeat;\n";
    const paths = ['jdcloud', 'secrets', 'simulator'].map((folder) => `${folder}/beat.ts`);

    const errors = lint(t, Object.fromEntries([...paths, 'activities/beat.ts'].map((path) => [path, code])));

    assert.deepEqual(
      errors,
      paths.map((path) => `no-restricted-imports ${path}`),
    );
  });

  it('given the folders that hold code, then each has its arrows here', () => {
    const files = execFileSync('git', ['ls-files', '*.ts'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    const holding = new Set(files.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? ''));

    assert.deepEqual([...holding].filter((folder) => !SEES_ALL.includes(folder)).toSorted(), FOLDERS.toSorted());
  });
});

describe('the sandbox of workflows', () => {
  const IMPORTS = {
    refused: [
      'node:fs',
      'node:crypto',
      'fs',
      'axios',
      'pino',
      '@temporalio/client',
      '@temporalio/activity',
      '@temporalio/worker',
      '@temporalio/envconfig',
    ],
    taken: ['@temporalio/workflow', '@temporalio/common', 'zod'],
  };
  const GLOBALS = {
    refused: ["console.log('x')", 'process.env', "fetch('http://x')", "Buffer.from('x')"],
    taken: ['new Date().toISOString()', 'Math.random()'],
  };

  it('given imports, then only zod and what Temporal offers to workflows are taken', (t) => {
    const file = (name: string) => `workflows/${name.replace(/\W/g, '-')}.ts`;
    const all = [...IMPORTS.refused, ...IMPORTS.taken];
    const errors = lint(
      t,
      Object.fromEntries(all.map((name) => [file(name), `import * as x from '${name}';\nexport const y = x;\n`])),
    );

    assert.deepEqual(errors, IMPORTS.refused.map((name) => `no-restricted-imports ${file(name)}`).toSorted());
  });

  it('given globals, then those that reach out of the sandbox are refused', (t) => {
    const all = [...GLOBALS.refused, ...GLOBALS.taken];
    const errors = lint(
      t,
      Object.fromEntries(
        all.map((code, index) => [`workflows/global-${index}.ts`, `export const y = () => ${code};\n`]),
      ),
    );

    assert.deepEqual(
      errors,
      GLOBALS.refused.map((_code, index) => `no-restricted-globals workflows/global-${index}.ts`),
    );
  });
});

describe('the lint', () => {
  const VIOLATIONS = {
    'no-floating-promises': 'async function f() {}\nexport function g() {\n  f();\n}\n',
    'no-misused-promises':
      'async function f(): Promise<boolean> {\n  return true;\n}\nexport const g = () => (f() ? 1 : 2);\n',
    'switch-exhaustiveness-check':
      "export function f(x: 'a' | 'b') {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n",
    'no-explicit-any': 'export const f = (x: any) => String(x);\n',
    'no-non-null-assertion': 'export const f = (x: string | null) => x!.length;\n',
    'no-default-export': 'export default 1;\n',
  };

  it('given one violation of each rule we rely on, then each is found', (t) => {
    const files = Object.entries(VIOLATIONS).map(([rule, code]) => [`temporal/${rule}.ts`, code]);

    assert.deepEqual(
      lint(t, Object.fromEntries(files)),
      Object.keys(VIOLATIONS)
        .map((rule) => `${rule} temporal/${rule}.ts`)
        .toSorted(),
    );
  });

  it('given two files that import each other, then the cycle is found', (t) => {
    const errors = lint(t, {
      'contracts/a.ts': "import { b } from './b.js';\nexport const a = () => b;\n",
      'contracts/b.ts': "import { a } from './a.js';\nexport const b = () => a;\n",
    });

    assert.deepEqual(errors, ['no-cycle contracts/a.ts', 'no-cycle contracts/b.ts']);
  });
});
