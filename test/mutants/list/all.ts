import type { Mutant } from '../mutant.js';
import { BACKUPS } from './backups.js';
import { CALLS } from './calls.js';
import { FLEETS } from './fleets.js';
import { LATE_CALLS } from './late-calls.js';
import { REBUILD_CALL } from './rebuild-call.js';
import { REBUILD_RUN } from './rebuild-run.js';
import { SECRETS } from './secrets.js';
import { SERVER } from './server.js';
import { MAINTENANCE } from './windows.js';

/** The kept list: bugs that somebody has planted, or made, and that no test may pass over again. */
export const MUTANTS: readonly Mutant[] = [
  ...CALLS,
  ...REBUILD_CALL,
  ...LATE_CALLS,
  ...BACKUPS,
  ...REBUILD_RUN,
  ...FLEETS,
  ...MAINTENANCE,
  ...SECRETS,
  ...SERVER,
];
