export { listBackups, pruneBackups } from './backups.js';
export { claim } from './claim.js';
export { freeze } from './freeze.js';
export { planFleet } from './plan-fleet.js';
export { planRebuild } from './plan-rebuild.js';
export { rebuildInstance } from './rebuild-instance.js';
export { reportWorker } from './report-worker.js';
export { reimageFleet } from './reimage-fleet.js';
export { scheduledFleet } from './scheduled-fleet.js';
