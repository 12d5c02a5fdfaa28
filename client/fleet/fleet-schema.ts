import * as z from 'zod';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { SPAN } from '../duration.js';

/** The JSON Schema (draft 2020-12) of fleet files, for editors. Rules between fields are not in it: the CLI tells them. */
export function fleetSchema(): object {
  return z.toJSONSchema(FleetSpec, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema, path }) => {
      if (jsonSchema.type === undefined || !String(path.at(-1)).endsWith('Seconds')) return;
      // A file may say it as a flag does: `5m`.
      const { type, minimum, maximum, ...rest } = jsonSchema;
      const number = { type, minimum, maximum };
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, rest, { anyOf: [number, { type: 'string', pattern: SPAN.source }] });
    },
  });
}
