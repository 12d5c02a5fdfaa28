import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Claim, ClaimToMake } from '../contracts/fleet/claim.js';
import type { FleetHolder } from '../contracts/fleet/fleet-holder.js';
import type { RebuildEnd } from '../contracts/fleet/rebuild-end.js';
import type { FleetLock } from '../contracts/fleet/fleet-ids.js';
import { parseRebuildWorkflowId, rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { MEMO, WORKFLOW } from '../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { makeClaim } from './claims.js';
import { readFleetLock } from './read-fleet-lock.js';
import { readRebuildEnd, type RebuildRef } from './read-rebuild-end.js';
import { takesPayload } from './takes-payload.js';
import { type LastRebuild, readLastRebuild } from './read-last-rebuild.js';
import { listRuns } from './read-runs.js';

/** A rebuild that holds the lock of a VM. */
interface LockHolder {
  readonly instanceId: string;
  readonly by: string | null;
  readonly since: string;
  readonly phase: string | null;
}

interface VmsOfRegion {
  readonly regionId: string;
  readonly instanceIds: readonly string[];
}

interface RebuildKind {
  readonly regionId: string;
  readonly hasBackup: boolean;
}

/** What is asked of the namespace for fleets: its index, which lags by a moment, and the server's own state of locks and claims. */
export interface FleetQuestions {
  readonly lockHolders: (vms: VmsOfRegion) => Promise<LockHolder[]>;
  readonly doneRebuilds: (kind: RebuildKind) => Promise<number[]>;
  readonly wasRebuiltOnto: (imageId: string) => Promise<boolean>;
  readonly lastRebuild: (vm: VmRef) => Promise<LastRebuild | null>;
  readonly fleetHolder: (lock: FleetLock) => Promise<FleetHolder | null>;
  readonly rebuildEnd: (rebuild: RebuildRef) => Promise<RebuildEnd | null>;
  readonly takesPayload: (bytes: number) => Promise<boolean>;
  readonly claim: (claim: ClaimToMake, taskQueue: string) => Promise<Claim>;
}

/** @param ask - bounds each question in time */
export function openFleetQuestions(client: Client, ask: <T>(question: () => Promise<T>) => Promise<T>): FleetQuestions {
  return {
    lockHolders: (vms) => ask(() => readLockHolders(client, vms)),
    doneRebuilds: (kind) => ask(() => readDoneRebuilds(client, kind)),
    wasRebuiltOnto: (imageId) => ask(() => readWasRebuiltOnto(client, imageId)),
    lastRebuild: (vm) => ask(() => readLastRebuild(client, vm)),
    fleetHolder: (lock) => ask(() => readFleetLock(client, lock)),
    rebuildEnd: (rebuild) => ask(() => readRebuildEnd(client, rebuild)),
    takesPayload: (bytes) => ask(() => takesPayload(client, bytes)),
    claim: (claim, taskQueue) => ask(() => makeClaim(client, claim, taskQueue)),
  };
}

/** Most rebuilds from which it is reckoned how long they take: the last ones. */
const MOST_SAMPLES = 1000;
const PAGE_SIZE = 200;

const IS_REBUILD = `WorkflowType = '${WORKFLOW.rebuildInstance}'`;
const IS_DONE = `${IS_REBUILD} AND ExecutionStatus = 'Completed' AND ${SEARCH_ATTRIBUTE.phase.name} = 'done'`;

/** Who holds the locks of these VMs, from Temporal's index, which lags by a moment. */
async function readLockHolders(client: Client, { regionId, instanceIds }: VmsOfRegion): Promise<LockHolder[]> {
  if (instanceIds.length === 0) return [];
  // Ids of VMs hold nothing that a list filter would have to escape.
  const ids = instanceIds.map((instanceId) => `'${rebuildWorkflowId({ regionId, instanceId })}'`);
  const query = `${IS_REBUILD} AND ExecutionStatus = 'Running' AND WorkflowId IN (${ids.join(', ')})`;
  const holders: LockHolder[] = [];
  for await (const info of listRuns(client, { query, pageSize: PAGE_SIZE })) {
    const vm = parseRebuildWorkflowId(info.workflowId);
    if (vm !== null) holders.push({ instanceId: vm.instanceId, ...holderOf(info) });
  }
  return holders;
}

function holderOf({ memo, startTime, typedSearchAttributes }: WorkflowExecutionInfo): Omit<LockHolder, 'instanceId'> {
  const by = memo?.[MEMO.requestedBy] ?? typedSearchAttributes.get(SEARCH_ATTRIBUTE.requestedBy);
  return {
    by: typeof by === 'string' ? by : null,
    since: startTime.toISOString(),
    phase: typedSearchAttributes.get(SEARCH_ATTRIBUTE.phase) ?? null,
  };
}

/** Seconds that each of the last rebuilds of a region took that were done, with a backup or without. */
async function readDoneRebuilds(client: Client, { regionId, hasBackup }: RebuildKind): Promise<number[]> {
  const query = `${IS_DONE} AND ${SEARCH_ATTRIBUTE.region.name} = '${regionId}'`;
  const seconds: number[] = [];
  let seen = 0;
  for await (const info of listRuns(client, { query, pageSize: PAGE_SIZE })) {
    seen += 1;
    const { startTime, closeTime, typedSearchAttributes } = info;
    const hadBackup = typedSearchAttributes.get(SEARCH_ATTRIBUTE.backup) !== undefined;
    if (closeTime !== undefined && hadBackup === hasBackup) seconds.push((+closeTime - +startTime) / 1000);
    if (seen >= MOST_SAMPLES) break;
  }
  return seconds;
}

/** Whether a rebuild onto the image was done before in the namespace. */
async function readWasRebuiltOnto(client: Client, imageId: string): Promise<boolean> {
  const { count } = await client.workflow.count(`${IS_DONE} AND ${SEARCH_ATTRIBUTE.image.name} = '${imageId}'`);
  return count > 0;
}
