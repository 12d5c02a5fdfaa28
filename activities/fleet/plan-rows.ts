import type { FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import type { RebuildPlan, ValidationIssue, Warning } from '../../contracts/rebuild-plan.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import { parseSecretRef } from '../../contracts/secret-ref.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Instance, Quota } from '../../jdcloud/schemas.js';
import type { SecretReader } from '../../secrets/secret-reader.js';
import { type FactSources, readFacts } from '../checks/read-facts.js';
import { makePlan } from '../rebuild/plan-rebuild.js';
import { isInstanceGone } from '../runtime/failure.js';
import type { FleetNamespace, LockHolder } from '../runtime/namespace.js';
import { tagOf } from './match-vms.js';
import { findSick } from './observe-activities.js';

export interface PlanRowsDeps extends FactSources {
  readonly namespace: Pick<FleetNamespace, 'lockHolders'>;
  /** The worker's environment, of which programs of health checks get a little. */
  readonly env: NodeJS.ProcessEnv;
}

export interface PlanRowsInput {
  readonly spec: Pick<FleetSpec, 'regionId' | 'skipMatching' | 'rebuild' | 'rollout'>;
  /** The image that was pinned. */
  readonly imageId: string;
  /** At most 100. */
  readonly instanceIds: readonly string[];
  /** Those of them that the fleet's `exclude` names. */
  readonly excluded: readonly string[];
  /** Private images that the account may have, and has; null where JD Cloud does not say. */
  readonly imageQuota: Quota | null;
}

export interface PlannedRows {
  readonly rows: PlannedRow[];
  /** What its rebuilds warn of, one for each VM. */
  readonly warnings: Warning[];
}

/** One VM on its way to a row. */
interface Draft {
  readonly instanceId: string;
  readonly instance: Instance | null;
  readonly skip: FleetRow['skip'];
  readonly warnings: readonly Warning[];
}

/**
 * Says of each VM whether its rebuild would go ahead, and all that speaks against it. Touches nothing.
 * @throws JdCloudError · what the namespace rejects with · the reason of the signal
 */
export async function planRows(deps: PlanRowsDeps, input: PlanRowsInput, signal: AbortSignal): Promise<PlannedRows> {
  const { spec, instanceIds } = input;
  const { regionId, rebuild } = spec;
  const [read, holders] = await Promise.all([
    readVms(deps, input, signal),
    deps.namespace.lockHolders({ regionId, instanceIds }),
  ]);
  const held = new Map(holders.map((holder) => [holder.instanceId, holder]));
  const sources = planSources(deps, read);
  const drafts = await Promise.all(
    instanceIds.map((id) => draftOf(sources, { input, instanceId: id, instance: read.get(id) ?? null, held }, signal)),
  );
  const members = drafts.flatMap(({ skip, instance }) => (skip === null && instance !== null ? [instance] : []));
  const sick = await findSick(members, { regionId, checks: rebuild.healthChecks, env: deps.env }, signal);
  return {
    rows: drafts.map((draft) => rowOf(draft, sick.get(draft.instanceId) ?? null, spec)),
    warnings: drafts.flatMap(({ skip, warnings }) => (skip === null ? warnings : [])),
  };
}

async function readVms({ reader }: PlanRowsDeps, { spec, instanceIds }: PlanRowsInput, signal: AbortSignal) {
  const { regionId } = spec;
  const vms = await Promise.all(
    instanceIds.map((instanceId) =>
      reader.instance({ regionId, instanceId }, { fresh: true, signal }).catch((error: unknown) => {
        if (isInstanceGone(error)) return null;
        throw error;
      }),
    ),
  );
  return new Map(vms.flatMap((vm) => (vm === null ? [] : [[vm.instanceId, vm] as const])));
}

interface DraftInput {
  readonly input: PlanRowsInput;
  readonly instanceId: string;
  readonly instance: Instance | null;
  readonly held: ReadonlyMap<string, LockHolder>;
}

async function draftOf(sources: FactSources, draft: DraftInput, signal: AbortSignal): Promise<Draft> {
  const { input, instanceId, instance, held } = draft;
  const { spec, imageId, excluded } = input;
  const known = { instanceId, instance };
  const before = skipBefore({
    isExcluded: excluded.includes(instanceId),
    instance,
    matching: spec.skipMatching ? imageId : null,
    holder: held.get(instanceId) ?? null,
  });
  if (before !== null) return { ...known, skip: before, warnings: [] };
  const plan = await planOf(sources, { input, instanceId }, signal);
  return { ...known, skip: skipOf(plan.issues), warnings: plan.warnings };
}

async function planOf(
  sources: FactSources,
  { input, instanceId }: Pick<DraftInput, 'input' | 'instanceId'>,
  signal: AbortSignal,
): Promise<RebuildPlan> {
  const { spec, imageId, imageQuota } = input;
  const request = RebuildRequest.parse({ ...spec.rebuild, regionId: spec.regionId, instanceId, imageId });
  const facts = await readFacts(sources, request, signal, { isBeginning: true });
  const isFleetRolledBack = spec.rollout.onBudgetExhausted === 'rollback';
  return makePlan({ ...facts, imageQuota, isBeginning: true, isFleetRolledBack });
}

/**
 * What the facts of a page of VMs are read from, without what ten thousand VMs would ask for over and over: a VM that
 * has been read is not read again, and a password that is the same for all is looked up once.
 */
export function planSources({ reader, secrets }: FactSources, read: ReadonlyMap<string, Instance>): FactSources {
  return { reader: readerOver(reader, read), secrets: { ...secrets, peek: peekOnce(secrets) } };
}

function readerOver(reader: VmReader, read: ReadonlyMap<string, Instance>): VmReader {
  return {
    ...reader,
    instance: async (vm, options) => read.get(vm.instanceId) ?? (await reader.instance(vm, options)),
  };
}

/** A secret that is there is the same for every VM; where one would be generated, its sink may depend on the VM. */
function peekOnce(secrets: SecretReader): SecretReader['peek'] {
  const known = new Map<string, Promise<string | null>>();
  return (ref, vm) => {
    if (parseSecretRef(ref).scheme === 'generate') return secrets.peek(ref, vm);
    const peeked = known.get(ref) ?? secrets.peek(ref, vm);
    known.set(ref, peeked);
    return peeked;
  };
}

/** A row before the waves are known, with the rank of its tag's value where the fleet is ordered by one. */
export interface PlannedRow extends Omit<FleetRow, 'wave'> {
  readonly rank: number;
}

interface Judged {
  readonly instanceId: string;
  /** Null: JD Cloud knows it no more. */
  readonly instance: Instance | null;
  readonly skip: FleetRow['skip'];
}

/** The row of one VM. @param bad - what its health checks say against it; null: nothing */
export function rowOf(
  { instanceId, instance, skip }: Judged,
  bad: string | null,
  { rollout, rebuild }: Pick<FleetSpec, 'rollout' | 'rebuild'>,
): PlannedRow {
  if (instance === null) {
    const nothing = { name: null, az: null, group: null, imageBefore: null, unhealthyReason: null, rank: 0 };
    return { instanceId, ...nothing, status: 'gone', skip };
  }
  const { instanceName, az, imageId, status } = instance;
  const { perTag } = rollout.maxUnavailable;
  const refused = bad !== null && rebuild.requireHealthyBefore;
  return {
    instanceId,
    name: instanceName ?? null,
    az: az ?? null,
    group: perTag === undefined ? null : tagOf(instance, perTag.key),
    status: status ?? 'unknown',
    imageBefore: imageId ?? null,
    skip: refused
      ? { code: 'validation-failed', reasons: [`It fails its health checks (requireHealthyBefore): ${bad}`] }
      : skip,
    unhealthyReason: status === 'error' ? 'JD Cloud reports it in error' : bad,
    rank: rankOf(instance, rollout.order),
  };
}

/** Place of its tag's value in the order; behind all of them for a VM without one of them. */
function rankOf(instance: Instance, order: RolloutPolicy['order']): number {
  if (order.by !== 'tag') return 0;
  const value = tagOf(instance, order.key);
  const place = value === null ? -1 : order.values.indexOf(value);
  return place >= 0 ? place : order.values.length;
}

type Skip = FleetRow['skip'];

/** What is known of a VM before its rebuild is validated. */
interface Known {
  readonly isExcluded: boolean;
  /** Null: JD Cloud knows it no more. */
  readonly instance: Instance | null;
  /** The image with which it is left alone; null where none is. */
  readonly matching: string | null;
  readonly holder: LockHolder | null;
}

/** Why a VM is left alone whatever its rebuild would say; null where that must be asked. Of several reasons the first counts. */
export function skipBefore({ isExcluded, instance, matching, holder }: Known): Skip {
  if (instance === null)
    return {
      code: 'validation-failed',
      reasons: ['JD Cloud knows it no more: it was deleted while the plan was made.'],
    };
  if (isExcluded) return { code: 'excluded', reasons: ['The fleet excludes it.'] };
  if (matching !== null && instance.imageId === matching)
    return { code: 'already-on-image', reasons: [`It has ${matching} already.`] };
  return holder === null ? null : { code: 'busy', reasons: [busyText(holder)] };
}

function busyText({ by, since, phase }: LockHolder): string {
  const who = by ?? 'someone who left no name';
  const where = phase === null ? 'no worker has taken it up yet' : `phase ${phase}`;
  return `A rebuild for ${who} is under way since ${since}: ${where}.`;
}

/** Why a VM is left alone by what its rebuild would say, every reason; null where it may go ahead. */
export function skipOf(issues: readonly ValidationIssue[]): Skip {
  if (issues.length === 0) return null;
  const isProtected = issues.some(({ code }) => code === 'protected');
  return { code: isProtected ? 'protected' : 'validation-failed', reasons: issues.map(({ message }) => message) };
}
