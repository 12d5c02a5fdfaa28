import type { Namespace } from '../../activities/runtime/namespace.js';

/** For activities that run without a Temporal namespace, or in one that the test does not freeze and has no other rebuild in. */
export const NEVER_FROZEN: Namespace = {
  freeze: async () => null,
  lockHolders: async () => [],
  doneRebuilds: async () => [],
  wasRebuiltOnto: async () => false,
  membersOfFleets: async () => [],
  visitSchedulesOf: async () => ({ found: 0, read: 0 }),
  lastRebuild: async () => null,
  fleetHolder: async () => null,
  rebuildEnd: async () => null,
  leftBehind: async () => ({ before: [], displaced: [], laterMarkers: [] }),
  takesPayload: async () => true,
  rebuildLocks: async () => [],
  formerImages: async () => [],
  imagesOfFleets: async () => [],
  claim: async ({ holder, fleetId }) => ({ holder, fleetId }),
};
