/** Histories of `reimageFleet` under test/histories/: one for each path that makes other commands than the others. */
export const FLEET_HISTORIES = [
  'fleet-approved',
  'fleet-paused-and-changed',
  'fleet-held',
  'fleet-rolled-back',
  'fleet-aborted-now',
  'fleet-continued',
] as const;
export type FleetHistory = (typeof FLEET_HISTORIES)[number];
