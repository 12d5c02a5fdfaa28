import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { retiredWordsIn } from './house/retired-words.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Recorded histories are data; the change log tells what was; the list and its test hold the words themselves. */
const LEFT_OUT =
  /^(test\/histories\/|CHANGELOG\.md$|scripts\/house\/retired-words\.ts$|test\/scripts\/retired-words\.test\.ts$)/;

/*
 * Refuses words that we have given up: names of symbols that have others now, and words that only we use. See
 * scripts/house/retired-words.ts.
 */
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const paths = tracked.split('\n').filter((path) => /\.(ts|mjs|md)$/.test(path) && !LEFT_OUT.test(path));
const found = paths.flatMap((path) => {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  return lines.flatMap((line, at) => retiredWordsIn(line).map((word) => `${path}:${at + 1}: ${word}`));
});
console.log(`${paths.length} files, ${found.length} retired words`);
if (found.length > 0) {
  console.error(found.join('\n'));
  process.exitCode = 1;
}
