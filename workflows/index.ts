export { planRebuild } from './plan-rebuild.js';
export { rebuildInstance } from './rebuild-instance.js';
