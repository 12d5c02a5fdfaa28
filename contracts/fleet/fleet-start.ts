import type { SearchAttributePair } from '@temporalio/common';
import type * as z from 'zod';
import { MEMO } from '../names.js';
import { SEARCH_ATTRIBUTE } from '../search-attributes.js';
import { summaryText } from '../text.js';
import { jsonBytes } from '../utf8-text.js';
import { fleetIdOf } from './fleet-ids.js';
import type { FleetInput } from './fleet-input.js';
import { packMembers } from './fleet-members.js';
import type { FleetPlan } from './fleet-plan.js';
import { whyTooLarge } from './rollout-policy.js';

/** What a fleet can be searched for by, from its start. Its status is in the attribute of the phase. */
export function fleetSearchAttributesOf({ regionId, fleetId, image, requestedBy }: FleetInput): SearchAttributePair[] {
  const { region, fleet, image: imageKey, phase, requestedBy: who } = SEARCH_ATTRIBUTE;
  return [
    { key: region, value: regionId },
    { key: fleet, value: fleetId },
    { key: imageKey, value: image.imageId },
    { key: phase, value: 'waiting' },
    ...(requestedBy === undefined ? [] : [{ key: who, value: requestedBy }]),
  ];
}

/** What the memo of a fleet says from its start. */
export function fleetMemoOf(input: FleetInput): Record<string, string | number> {
  const { fleetId, planDigest, members, requestedBy, reason, retryOf, rollbackOf, scheduleId } = input;
  return {
    [MEMO.fleetId]: fleetId,
    [MEMO.planDigest]: planDigest,
    [MEMO.size]: members.instanceIds.length,
    ...(requestedBy !== undefined && { [MEMO.requestedBy]: requestedBy }),
    ...(reason !== undefined && { [MEMO.reason]: reason }),
    ...(retryOf !== undefined && { [MEMO.retryOf]: retryOf }),
    ...(rollbackOf !== undefined && { [MEMO.rollbackOf]: rollbackOf }),
    ...(scheduleId !== undefined && { [MEMO.scheduleId]: scheduleId }),
  };
}

/** What Temporal's UI shows beside the workflow's name. */
export function fleetSummaryOf({ name, image, members, requestedBy, rollbackOf }: FleetInput): string {
  const what = rollbackOf === undefined ? 'reimage' : 'take back';
  return summaryText(`${what} fleet ${name}: ${members.instanceIds.length} VMs onto ${image.imageId}`, requestedBy);
}

/**
 * Bytes that the names of all VMs of a fleet may take. They are for people: the room in a payload is rather for what the
 * fleet has to hand on.
 */
const MOST_BYTES_OF_NAMES = 200_000;

/**
 * What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved, yet to be parsed.
 * It may be none. The names of its VMs go along where there is room for them.
 */
export function fleetOfPlan(plan: FleetPlan): z.input<typeof FleetInput> {
  const names = plan.rows.flatMap(({ wave, name }) => (wave === null ? [] : [name]));
  const nameless = inputOf({ ...plan, rows: plan.rows.map((row) => ({ ...row, name: null })) });
  if (jsonBytes(names) > MOST_BYTES_OF_NAMES) return nameless;
  const named = inputOf(plan);
  return whyTooLarge(named) === null ? named : nameless;
}

function inputOf({ spec, digest, image, rows, waves, limits, estimate }: FleetPlan): z.input<typeof FleetInput> {
  const { name, regionId, rebuild: template, rollout, requestedBy, reason } = spec;
  const { bakeSeconds, onBudgetExhausted, approval, maintenance, maxUnavailable } = rollout;
  const { afterCanary, ...gates } = approval;
  const members = rows
    .filter(({ wave }) => wave !== null)
    .map((row) => ({
      instanceId: row.instanceId,
      name: row.name,
      az: row.az,
      group: row.group,
      imageBefore: row.imageBefore,
      image: image.imageId,
    }));
  return {
    fleetId: fleetIdOf(name, digest),
    name,
    regionId,
    planDigest: digest,
    image: { imageId: image.imageId, name: image.name },
    template,
    skipMatching: spec.skipMatching,
    members: packMembers(members),
    waves,
    limits,
    rollout: {
      bakeSeconds,
      maxObservationAgeSeconds: maxUnavailable.maxObservationAgeSeconds,
      onBudgetExhausted,
      approval: { ...gates, afterCanary: afterCanary === 'always' || (afterCanary === 'new-image' && image.isNew) },
      ...(maintenance !== undefined && { maintenance }),
    },
    policy: rollout,
    p90Seconds: estimate.rebuild.p90Seconds,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
  };
}
