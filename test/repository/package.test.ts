import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { ROOT } from './tracked-files.js';

const Manifest = z.looseObject({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});
const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({})) });
const Packed = z.tuple([z.looseObject({ files: z.array(z.looseObject({ path: z.string() })) })]);

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const manifest = Manifest.parse(readJson('package.json'));
const { packages } = Lock.parse(readJson('package-lock.json'));

/** The one range: npm must be free to share it with Temporal's packages. */
const RANGED = ['protobufjs'];

describe('the dependencies', () => {
  it('given package.json, then versions are exact', () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
      .filter(([name, version]) => !RANGED.includes(name) && !/^\d+\.\d+\.\d+$/.test(version))
      .map(([name]) => name);

    assert.deepEqual(ranges, []);
  });

  it("given Temporal's packages, then all are of one version", () => {
    const versions = new Set(
      Object.entries(packages)
        .filter(([path]) => path.startsWith('node_modules/@temporalio/'))
        .map(([, { version }]) => version),
    );

    assert.deepEqual([...versions], ['1.24.0']);
  });

  // Two copies break the replay of histories from JSON: types of one are no instances of the other.
  it("given Temporal's packages, then they share one protobufjs of major version 8", () => {
    const users = ['@temporalio/proto', '@temporalio/common', '@temporalio/worker'];
    const copies = users.map((name) =>
      realpathSync(createRequire(join(ROOT, 'node_modules', name, 'package.json')).resolve('protobufjs')),
    );

    assert.deepEqual([...new Set(copies)], [realpathSync(join(ROOT, 'node_modules/protobufjs/index.js'))]);
    const version = z
      .looseObject({ version: z.string() })
      .parse(readJson('node_modules/protobufjs/package.json')).version;
    assert.match(version, /^8\./);
  });

  it('given the lockfile, then it names no host to fetch from', () => {
    const hosts = Object.entries(packages).filter(([, entry]) => 'resolved' in entry);

    assert.deepEqual(hosts, []);
  });
});

describe('the package', () => {
  const [{ files }] = Packed.parse(
    JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: ROOT,
        encoding: 'utf8',
        shell: process.platform === 'win32',
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 64 * 1024 * 1024,
      }),
    ),
  );
  const paths = files.map(({ path }) => path);

  const [bundled, own] = [
    paths.filter((path) => path.startsWith('node_modules/')),
    paths.filter((path) => !path.startsWith('node_modules/')),
  ];

  it('given what npm would publish, then fastify goes along with all that it needs', () => {
    const names = new Set(bundled.map((path) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[1]));

    for (const name of ['fastify', 'light-my-request', 'cookie', 'pino', '@fastify/error'])
      assert.ok(names.has(name), name);
  });

  it('given what npm would publish, then the rest is the build, the documents and the licence', () => {
    const strange = own.filter(
      (path) => !/^(dist\/.*\.(js|d\.ts|js\.map)|docs\/.*|(LICENSE|README|CHANGELOG)[\w.-]*|package\.json)$/.test(path),
    );

    assert.deepEqual(strange, []);
    assert.ok(paths.includes('LICENSE'));
  });
});

describe('CI', () => {
  it('given .ci/run, then it may be run and calls the test command of the README', () => {
    const mode = execFileSync('git', ['ls-files', '--stage', '.ci/run'], { cwd: ROOT, encoding: 'utf8' });

    assert.match(mode, /^100755 /);
    assert.match(readFileSync(join(ROOT, '.ci/run'), 'utf8'), /^npm test$/m);
  });
});
