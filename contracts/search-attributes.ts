import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * Typed search attributes of rebuilds and fleets. They are stored and shown in clear: nothing secret, ever.
 * One that is not registered wedges a workflow, so the worker checks them all at start.
 */
export const SEARCH_ATTRIBUTE = {
  region: defineSearchAttributeKey('ReimageRegion', 'KEYWORD'),
  instance: defineSearchAttributeKey('ReimageInstance', 'KEYWORD'),
  image: defineSearchAttributeKey('ReimageImage', 'KEYWORD'),
  phase: defineSearchAttributeKey('ReimagePhase', 'KEYWORD'),
  fleet: defineSearchAttributeKey('ReimageFleet', 'KEYWORD'),
  backup: defineSearchAttributeKey('ReimageBackup', 'KEYWORD'),
  requestedBy: defineSearchAttributeKey('ReimageRequestedBy', 'KEYWORD'),
  requestId: defineSearchAttributeKey('ReimageRequestId', 'KEYWORD'),
} as const;
