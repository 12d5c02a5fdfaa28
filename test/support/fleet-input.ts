import type * as z from 'zod';
import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { limitsOf } from '../../contracts/fleet/fleet-limits.js';
import { type FleetMember, packMembers } from '../../contracts/fleet/fleet-members.js';
import { RebuildTemplate } from '../../contracts/fleet/fleet-spec.js';
import { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';

/** What a test says of a fleet; the rest is made up. */
export interface FleetOrder {
  readonly rollout?: z.input<typeof RolloutPolicy>;
  readonly template?: z.input<typeof RebuildTemplate>;
  /** Sizes; the first is a canary when it is called so. */
  readonly waves?: readonly { readonly name: string; readonly size: number }[];
  readonly input?: Partial<FleetInput>;
}

/** The input of a fleet of these members, with every percentage resolved as a plan does it. Without an order: one wave, no bake, no gate. */
export function fleetInputFor(members: readonly FleetMember[], order: FleetOrder = {}): FleetInput {
  const { rollout = {}, template = {}, input = {} } = order;
  const { waves = [{ name: 'wave-1', size: members.length }] } = order;
  const policy = RolloutPolicy.parse({ bakeSeconds: 0, ...rollout });
  const { bakeSeconds, onBudgetExhausted, maxUnavailable, approval, maintenance } = policy;
  return FleetInput.parse({
    fleetId: 'web-00000000',
    name: 'web',
    regionId: 'cn-north-1',
    planDigest: '0',
    image: { imageId: members[0]?.image ?? 'img-new', name: null },
    template: RebuildTemplate.parse({ keyNames: ['ops'], ...template }),
    members: packMembers(members),
    waves,
    limits: limitsOf(policy, {
      fleet: members.length,
      waves: waves.map(({ size }) => size),
      perAz: countsOf(members.map(({ az }) => az)),
      perGroup: countsOf(members.map(({ group }) => group)),
    }),
    rollout: {
      bakeSeconds,
      maxObservationAgeSeconds: maxUnavailable.maxObservationAgeSeconds,
      onBudgetExhausted,
      approval: { ...approval, afterCanary: approval.afterCanary === 'always' },
      ...(maintenance !== undefined && { maintenance }),
    },
    p90Seconds: 0,
    ...input,
  });
}

function countsOf(values: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) if (value !== null) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
