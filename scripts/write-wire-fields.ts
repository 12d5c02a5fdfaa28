import { writeFile } from 'node:fs/promises';
import { WIRE_FIELDS, wireFields } from '../test/fixtures/wire-fields.js';

/** Writes the list of the fields of all payloads anew, by `node --import tsx scripts/write-wire-fields.ts`. */
await writeFile(WIRE_FIELDS, `${(await wireFields()).join('\n')}\n`);
