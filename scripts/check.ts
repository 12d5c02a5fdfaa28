import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = [
  'worker.ts',
  'contracts',
  'secrets',
  'workflows',
  'activities',
  'jdcloud',
  'temporal',
  'client',
  'simulator',
  'bench',
  'scripts',
  'test',
];

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

function checks(): Check[] {
  const sources = SOURCES.filter((path) => existsSync(join(ROOT, path)));
  return [
    { name: 'types', command: 'tsc', args: [] },
    { name: 'lint', command: 'oxlint', args: ['--type-aware', ...sources] },
    { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
    { name: 'dead code', command: 'knip', args: ['--no-progress'] },
    { name: 'house', command: 'tsx', args: ['scripts/house.ts', '--check'] },
    { name: 'words', command: 'tsx', args: ['scripts/words.ts'] },
  ];
}

/** Runs one check, prints its name and time, and its output when there is something to say. */
function run({ name, command, args }: Check): boolean {
  const startedAt = performance.now();
  const { status, stdout, stderr, error } = spawnSync(join('node_modules', '.bin', command), args, {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const isGood = status === 0;
  console.log(`${isGood ? 'ok  ' : 'FAIL'} ${name.padEnd(9)} ${seconds.padStart(5)} s  ${command}`);
  const output = [stdout, stderr, error?.message].filter(Boolean).join('');
  if (!isGood || /Found [1-9]\d* warning/.test(output)) console.log(output);
  return isGood;
}

if (!checks().every(run)) {
  console.error('\nnpm run check failed; `npm run fix` mends formatting and some lint.');
  process.exitCode = 1;
}
