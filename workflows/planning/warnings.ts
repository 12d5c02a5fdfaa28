import type { FleetOverlap } from '../../activities/fleet/selection-warnings.js';
import { type FleetPlan, whyEmpty } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { WindowOccurrence } from '../../contracts/fleet/maintenance.js';
import { type Freeze, freezeText } from '../../contracts/freeze.js';
import type { Warning } from '../../contracts/rebuild-plan.js';

/** What is known of a plan when it is looked through for what its reader should know. */
export interface PlanFacts extends Pick<FleetPlan, 'rows' | 'nextWindows' | 'estimate'> {
  readonly spec: FleetSpec;
  readonly freeze: Freeze | null;
  /** Private images that the account may still make; null where that is not known. */
  readonly imagesLeft: number | null;
  /** Other fleets under way that have VMs of the plan. */
  readonly overlaps: readonly FleetOverlap[];
  /** What there is to know of how the VMs were selected. */
  readonly ofSelection: readonly Warning[];
  /** The image that was pinned, with what else has such a name. */
  readonly image: Pick<FleetPlan['image'], 'origin' | 'others'>;
  /** What the rebuilds warn of, one for each VM. */
  readonly ofRebuilds: readonly Warning[];
}

/** Everything about a plan that does not stop it and that one should know before one starts it. Pure. */
export function warningsOf(facts: PlanFacts): Warning[] {
  const { freeze } = facts;
  const frozen =
    freeze === null
      ? []
      : [{ code: 'frozen', message: `Nothing would start now: the namespace is ${freezeText(freeze)}.` }];
  return [
    ...frozen,
    ...imageWarnings(facts),
    ...membersWarnings(facts),
    ...facts.ofSelection,
    ...facts.overlaps.map(overlapWarning),
    ...windowWarnings(facts),
    ...backupWarnings(facts),
    ...timesWarnings(facts),
    ...counted(facts.ofRebuilds),
  ];
}

/** A newer image of such a name may be the one that was meant. */
function imageWarnings({ image: { origin, others } }: PlanFacts): Warning[] {
  const taken = origin?.createdAt ?? null;
  const newer = (others?.images ?? []).filter(
    ({ createdAt }) => createdAt === null || taken === null || createdAt > taken,
  );
  return newer.map(({ imageId, name, reason }) => ({
    code: 'newer-image',
    message: `${imageId} ${JSON.stringify(name)} may be newer than the image that is taken, and is not taken: ${reason}.`,
  }));
}

function membersWarnings({ rows, spec }: PlanFacts): Warning[] {
  const members = rows.filter(({ skip }) => skip === null);
  const empty = whyEmpty({ spec, rows });
  if (empty !== null) {
    const code = rows.length === 0 ? 'nothing-selected' : 'nothing-to-rebuild';
    return [{ code, message: spec.allowEmpty === true ? `${empty}.` : `${empty}: it cannot be started.` }];
  }
  if (members.length === 0)
    return [
      { code: 'nothing-to-rebuild', message: 'Every VM that is selected is skipped: there is nothing to rebuild.' },
    ];
  const { canary } = spec.rollout;
  const isMember = new Set(members.map(({ instanceId }) => instanceId));
  const skipped = typeof canary === 'object' ? canary.instanceIds.filter((id) => !isMember.has(id)) : [];
  if (skipped.length === 0) return [];
  const whole = typeof canary === 'object' && skipped.length === canary.instanceIds.length;
  const message = `${skipped.join(', ')} of the canary ${skipped.length === 1 ? 'is' : 'are'} skipped${whole ? ': there is no canary' : ''}.`;
  return [{ code: 'canary-skipped', message }];
}

function overlapWarning({ operationId, count, instanceIds }: FleetOverlap): Warning {
  const code = 'fleets-overlap';
  if (count === null) {
    return { code, message: `${operationId} is under way, and whether it has VMs of this plan cannot be read.` };
  }
  const more = count > instanceIds.length ? `, and ${count - instanceIds.length} more` : '';
  const message = `${operationId} is under way, and has ${vmsText(count)} of this plan too: ${instanceIds.join(', ')}${more}. Each that it has not rebuilt yet would be erased by both.`;
  return { code, message };
}

function windowWarnings({ spec, nextWindows, estimate }: PlanFacts): Warning[] {
  if (spec.rollout.maintenance === undefined) return [];
  if (nextWindows.length === 0)
    return [{ code: 'no-window', message: 'No maintenance window opens within 400 days: nothing would ever start.' }];
  const { p90Seconds } = estimate.rebuild;
  const longest = Math.max(...nextWindows.map(secondsOf));
  if (longest >= p90Seconds) return [];
  const message = `Nothing would ever start: no window is as long as nine of ten rebuilds take (${Math.ceil(p90Seconds)} s).`;
  return [{ code: 'window-too-short', message }];
}

function secondsOf({ opensAt, closesAt }: WindowOccurrence): number {
  return (Date.parse(closesAt) - Date.parse(opensAt)) / 1000;
}

function backupWarnings({ rows, imagesLeft }: PlanFacts): Warning[] {
  const members = rows.filter(({ skip }) => skip === null).length;
  if (imagesLeft === null || imagesLeft >= members) return [];
  const message = `The account has room for ${Math.max(0, imagesLeft)} more private images, and the fleet makes ${members} backups: rebuilds beyond that are refused before anything is touched, unless the quota is raised.`;
  return [{ code: 'backup-quota', message }];
}

function timesWarnings({ estimate, rows }: PlanFacts): Warning[] {
  if (estimate.rebuild.samples > 0 || rows.length === 0) return [];
  const message =
    'This namespace has no finished rebuild of this kind in the region: the times are assumed, not measured.';
  return [{ code: 'assumed-times', message }];
}

/** Different warnings of rebuilds that are told: ten thousand of them fit into no payload. */
const MOST_WARNINGS = 100;

/** Messages of one kind that are told each by itself: where they name what is each VM's own, ten thousand may differ. */
const MOST_OF_A_KIND = 3;

/** Each warning once, with how many VMs it is about; of a kind that differs from VM to VM, one as an example. */
function counted(warnings: readonly Warning[]): Warning[] {
  const kinds = new Map<string, Map<string, number>>();
  for (const { code, message } of warnings) {
    const messages = kinds.get(code) ?? new Map<string, number>();
    messages.set(message, (messages.get(message) ?? 0) + 1);
    kinds.set(code, messages);
  }
  const all = [...kinds].flatMap(([code, messages]) => ofKind(messages).map((message) => ({ code, message })));
  const left = all.length - MOST_WARNINGS;
  if (left <= 0) return all;
  const more = {
    code: 'more-warnings',
    message: `Rebuilds of single VMs have ${left} more warnings: see \`reimage rebuild --dry-run\`.`,
  };
  return [...all.slice(0, MOST_WARNINGS), more];
}

function ofKind(messages: ReadonlyMap<string, number>): string[] {
  if (messages.size <= MOST_OF_A_KIND) return [...messages].map(([message, vms]) => `${vmsText(vms)}: ${message}`);
  const [example = ''] = messages.keys();
  const vms = [...messages.values()].reduce((sum, count) => sum + count, 0);
  return [`${vmsText(vms)}, for example: ${example}`];
}

function vmsText(count: number): string {
  return count === 1 ? '1 VM' : `${count} VMs`;
}
