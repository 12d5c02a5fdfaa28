import { canonicalDigest, canonicalJson } from '../../contracts/canonical-digest.js';
import { fleetIdOf } from '../../contracts/fleet/fleet-ids.js';
import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { packMembers, unpackMembers } from '../../contracts/fleet/fleet-members.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetStatus } from '../../contracts/fleet/fleet-progress.js';
import { type FleetSpec, RebuildTemplate } from '../../contracts/fleet/fleet-spec.js';
import type { ClientContext } from '../connection/context.js';
import { failureOf, type ReimageError, toReimageError } from '../connection/errors.js';
import { parseInput } from '../connection/parse-input.js';
import { whatChanged } from './compare-plans.js';
import type { FleetLookup } from './find.js';
import { type AskedFleet, type FollowUp, planOver, readFleetInput, specOver, withoutExcluded } from './follow-up.js';
import { withFirstBackups } from './member-rebuilds.js';
import type { FleetOperation } from './operation.js';
import { fleetInputOf } from './plan.js';
import { readFleet } from './read.js';
import {
  isUnderWay,
  type LeftOut,
  leftUnderWay,
  mayBeMoved,
  mostCommonImage,
  type RollbackTarget,
  stillMoved,
  targetsOf,
} from './rollback-targets.js';
import { readSettledMembers } from './settled-members.js';
import { refuseIfHeldByAnother, startInput } from './start.js';

/** How a fleet would be taken back. Nothing was touched to make it. */
export interface FleetRollbackPlan {
  readonly rollbackOf: string;
  /** SHA-256 over the plan and the targets; who approves, approves this. */
  readonly digest: string;
  /** Waves, limits and what is known of the VMs. Its image is the one that all are put back onto, where it is one. */
  readonly plan: FleetPlan;
  readonly targets: readonly RollbackTarget[];
  readonly leftOut: readonly LeftOut[];
}

/** Statuses in which a fleet starts no VM, though it runs, until a person has it do so. */
const AT_REST: readonly FleetStatus[] = ['paused', 'awaiting-approval', 'aborting'];

/**
 * Tells how a fleet would be taken back: each VM that it has moved, and that still has its image, onto its backup or
 * its former image, by the same policy.
 * @throws ReimageError `DecisionRefused` while it starts VMs, or when there is nothing to take back ·
 * ReimageFleetBusyError while another one of its name runs, such as its retry · ReimageNotFoundError `FleetNotFound` · ReimageUnreachableError (also: no worker)
 */
export async function planFleetRollback(
  context: ClientContext,
  lookup: FleetLookup,
  followUp: FollowUp,
  workerTimeoutMs?: number,
): Promise<FleetRollbackPlan> {
  const fleet = await readFleet(context, lookup);
  refuseRollback(fleet);
  await refuseIfHeldByAnother(context, fleet);
  const input = await readFleetInput(context, fleet);
  const members = withoutExcluded(await readSettledMembers(context, fleet), followUp, fleet);
  const moved = members.filter(mayBeMoved);
  const hasBackups = input.template.backup === 'image';
  const { targets, leftOut } = targetsOf(hasBackups ? await withFirstBackups(context, fleet, moved) : moved);
  const first = await planFor(targets);
  const now = stillMoved(targets, input.image.imageId, first);
  const plan = now.leftOut.length === 0 ? first : await planFor(now.targets);
  const rollbackOf = fleet.fleetId;
  const digest = digestOf({ rollbackOf, plan, targets: now.targets });
  const out = [...members.filter(isUnderWay).map(leftUnderWay), ...leftOut, ...now.leftOut];
  return { rollbackOf, digest, plan, targets: now.targets, leftOut: out };

  async function planFor(some: readonly RollbackTarget[]): Promise<FleetPlan> {
    if (some.length === 0) throw refused(`Fleet ${fleet.fleetId} has moved no VM that could be put back.`);
    return await planOver(context, specOfRollback(input, some, followUp), workerTimeoutMs);
  }
}

/**
 * Starts taking a fleet back, as {@link planFleetRollback} has shown it.
 * @param replan - plan anew first, and refuse what has changed
 * @throws what planFleetRollback throws · ReimageFleetBusyError while the fleet itself runs too · ReimageError `PlanStale` ·
 * `PlanUsed` · ReimageInvalidInputError when no VM could be rebuilt
 */
export async function startRollback(
  context: ClientContext,
  lookup: FleetLookup,
  shown: FleetRollbackPlan,
  followUp: FollowUp,
  { replan, workerTimeoutMs }: { readonly replan: boolean; readonly workerTimeoutMs?: number },
): Promise<FleetOperation> {
  const input = inputOfRollback(shown);
  // Also the fleet that is to be taken back, where it rests: it holds the name still.
  await refuseIfHeldByAnother(context, input);
  if (replan) refuseIfChanged(shown, await planFleetRollback(context, lookup, followUp, workerTimeoutMs));
  return await startInput(context, input);
}

function refuseIfChanged(shown: FleetRollbackPlan, now: FleetRollbackPlan): void {
  const sameTargets = canonicalJson(shown.targets) === canonicalJson(now.targets);
  const changes = [
    ...whatChanged(shown.plan, now.plan),
    ...(sameTargets ? [] : ['other VMs are put back, or onto other images']),
  ];
  if (changes.length === 0) return;
  throw toReimageError(
    failureOf('PlanStale', `Since it was shown something has changed: ${changes.slice(0, 10).join('; ')}.`),
  );
}

/** The way back has no way back of its own, as where a fleet takes itself back. */
function specOfRollback(input: AskedFleet, targets: readonly RollbackTarget[], followUp: FollowUp): FleetSpec {
  const { keepBackups: _keep, ...template } = input.template;
  const common = mostCommonImage(targets);
  const isOne = targets.every(({ imageId }) => imageId === common);
  const spec = specOver(
    input,
    targets.map(({ instanceId }) => instanceId),
    followUp,
  );
  const { approval } = spec.rollout;
  return {
    ...spec,
    // With a backup for each VM there is no one image to plan with: the one that they have fits them for certain.
    image: { id: isOne ? common : input.image.imageId },
    rebuild: RebuildTemplate.parse({
      ...template,
      backup: 'none',
      backupDataDisks: false,
      onFailure: 'leave',
      requireHealthyBefore: false,
    }),
    // A former image is none that anybody has to get to know.
    rollout: {
      ...spec.rollout,
      approval: { ...approval, afterCanary: approval.afterCanary === 'always' ? 'always' : 'never' },
      onBudgetExhausted: spec.rollout.onBudgetExhausted === 'stop' ? 'stop' : 'pause',
    },
  };
}

/** @throws ReimageInvalidInputError when no VM could be rebuilt */
function inputOfRollback({ plan, targets, digest, rollbackOf }: FleetRollbackPlan): FleetInput {
  const input = fleetInputOf(plan);
  const imageOf = new Map(targets.map(({ instanceId, imageId }) => [instanceId, imageId]));
  return parseInput(FleetInput, {
    ...input,
    fleetId: fleetIdOf(input.name, digest),
    planDigest: digest,
    image: { imageId: mostCommonImage(targets), name: null },
    members: packMembers(
      unpackMembers(input.members).map((member) => ({
        ...member,
        image: imageOf.get(member.instanceId) ?? member.image,
      })),
    ),
    rollbackOf,
  });
}

function digestOf({ rollbackOf, plan, targets }: Pick<FleetRollbackPlan, 'rollbackOf' | 'plan' | 'targets'>): string {
  const shown = { rollbackOf, planDigest: plan.digest, targets };
  return canonicalDigest(shown);
}

function refuseRollback({ isRunning, status, summary, fleetId, regionId, rollbackOf, note }: FleetOperation): void {
  if (rollbackOf !== null) throw refused(`Fleet ${fleetId} takes ${rollbackOf} back itself.`);
  if (!isRunning) return;
  if (summary === null) {
    throw toReimageError(
      failureOf('NoWorker', `Nothing tells what fleet ${fleetId} does: ${note ?? 'no worker answered'}.`),
    );
  }
  if (AT_REST.includes(status)) return;
  const next = `Pause it first (\`reimage fleet pause ${fleetId} --region ${regionId}\`), or abort it.`;
  throw refused(`Fleet ${fleetId} still starts VMs: it is ${status}.`, next);
}

function refused(message: string, next = 'Nothing. See `reimage fleet report`.'): ReimageError {
  return toReimageError(failureOf('DecisionRefused', message, next));
}
