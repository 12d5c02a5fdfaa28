import * as z from 'zod';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';

/** The JSON Schema (draft 2020-12) of fleet files, for editors. Rules between fields are not in it: the CLI tells them. */
export function fleetSchema(): object {
  return z.toJSONSchema(FleetSpec, { io: 'input', target: 'draft-2020-12' });
}
