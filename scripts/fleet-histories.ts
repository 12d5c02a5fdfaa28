/** Histories of fleets, and of what plans them, under test/histories/: one for each path that makes other commands than the others. */
export const FLEET_HISTORIES = [
  'fleet-approved',
  'fleet-paused-and-changed',
  'fleet-held',
  'fleet-rolled-back',
  'fleet-aborted-now',
  'fleet-continued',
  'fleet-drained',
  'fleet-left',
  'fleet-planned',
  'fleet-scheduled',
  'fleet-busy',
  'fleet-of-firing',
] as const;
export type FleetHistory = (typeof FLEET_HISTORIES)[number];
