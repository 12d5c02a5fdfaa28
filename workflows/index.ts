export { listBackups, pruneBackups } from './backups.js';
export { planRebuild } from './plan-rebuild.js';
export { rebuildInstance } from './rebuild-instance.js';
