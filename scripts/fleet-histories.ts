/** Histories of fleets, and of what plans them, under test/histories/: one for each path that makes other commands than the others. */
export const FLEET_HISTORIES = [
  'fleet-approved',
  'fleet-paused-and-changed',
  'fleet-held',
  'fleet-rolled-back',
  'fleet-aborted-now',
  'fleet-continued',
  'fleet-left',
  'fleet-planned',
  'fleet-busy',
  'fleet-of-firing',
  'firing-refused',
] as const;
export type FleetHistory = (typeof FLEET_HISTORIES)[number];

/** Histories of what is neither a rebuild that somebody has started nor a fleet without anything else: one for each workflow, and for what needs a namespace of its own. */
export const OTHER_HISTORIES = [
  'rebuild-planned',
  'rebuild-reset',
  'backups-listed',
  'backups-pruned',
  'plan-claimed',
  'worker-reported',
  'freeze-renewed',
  'freeze-ended',
  'fleet-frozen',
  'fleet-baked',
] as const;
export type OtherHistory = (typeof OTHER_HISTORIES)[number];
