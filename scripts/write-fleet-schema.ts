import { writeFile } from 'node:fs/promises';
import { fleetSchema } from '../client/fleets/fleet-file.js';

/** Writes docs/fleet.schema.json anew, by `node --import tsx scripts/write-fleet-schema.ts`. */
await writeFile(new URL('../docs/fleet.schema.json', import.meta.url), `${JSON.stringify(fleetSchema(), null, 2)}\n`);
