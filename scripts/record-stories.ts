import { mkdir, writeFile } from 'node:fs/promises';
import { playFleet } from '../test/unit/workflows/fleet/play-fleet.js';
import { STORIES } from '../test/unit/workflows/fleet/stories.js';

const FOLDER = new URL('../test/unit/workflows/fleet/stories/', import.meta.url);

await mkdir(FOLDER, { recursive: true });
for (const [name, play] of Object.entries(STORIES)) {
  await writeFile(new URL(`${name}.txt`, FOLDER), `${playFleet(play).lines.join('\n')}\n`);
  console.log(`test/unit/workflows/fleet/stories/${name}.txt`);
}
