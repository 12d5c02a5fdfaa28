/** What the fleet of the demo is called. */
export const FLEET_NAME = 'web';

/**
 * The fleet of the demo as a person writes it. Limits, canary and approval are those of a careful policy; only the times
 * are short.
 * @param healthUrl - with `{instanceId}` in it
 */
export function fleetFile({ regionId, healthUrl }: { regionId: string; healthUrl: string }): string {
  return `name: ${FLEET_NAME}
regionId: ${regionId}
select:
  tags: [{ key: app, values: [web] }]
image:
  newestNamed: web-
rebuild:
  keyNames: [ops]
  onFailure: hold
  healthChecks: [{ kind: http, url: '${healthUrl}', intervalSeconds: 1, successes: 1, deadlineSeconds: 3 }]
rollout:
  canary: 1
  waves: [10%, 100%]
  maxUnavailable: { fleet: 35%, perAz: 35%, maxObservationAgeSeconds: 5 }
  maxHeld: 0
  bakeSeconds: 2
  approval: { preventSelfApproval: true }
requestedBy: alice
reason: the image of December
`;
}
