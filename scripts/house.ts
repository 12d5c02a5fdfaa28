import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawHouse } from './house/draw.js';
import { forbiddenImports } from './house/may-import.js';
import { readHouse } from './house/read-house.js';
import { circlesOf, mutualPairs } from './house/structure.js';
import { tooHeavy } from './house/weight.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURE = 'docs/architecture.svg';

/** Most that the house may have of each. */
const MOST = { files: 380, lines: 300, circles: 0, pairs: 0 } as const;

/*
 * Measures the house and holds it to its rules: how many files, how long, circles of imports, folders that import each
 * other, arrows that the table does not have, and packages that are loaded where they should not be. Draws it into docs/, or, with --check, says when that is out of date.
 */
const files = await readHouse(ROOT);
const lengths = files.map(({ lines }) => lines).toSorted((a, b) => a - b);
const circles = circlesOf(files);
const pairs = mutualPairs(files);
const median = lengths[Math.floor(lengths.length / 2)];
const longest = lengths.at(-1) ?? 0;
console.log(`${files.length} files, median ${median} lines, longest ${longest}`);
console.log(`${circles.length} circles, ${pairs.length} pairs of folders that import each other`);

const wrong = [
  ...(files.length > MOST.files ? [`more than ${MOST.files} files`] : []),
  ...files.filter(({ lines }) => lines > MOST.lines).map(({ path, lines }) => `${path} has ${lines} lines`),
  ...(circles.length > MOST.circles ? circles.map((circle) => `a circle: ${circle.join(', ')}`) : []),
  ...(pairs.length > MOST.pairs ? pairs : []),
  ...forbiddenImports(files),
  ...tooHeavy(files),
];

const picture = drawHouse(files);
if (!process.argv.includes('--check')) await writeFile(join(ROOT, PICTURE), picture);
else if ((await readFile(join(ROOT, PICTURE), 'utf8').catch(() => '')) !== picture)
  wrong.push(`${PICTURE} is out of date: run npm run house`);

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exitCode = 1;
}
