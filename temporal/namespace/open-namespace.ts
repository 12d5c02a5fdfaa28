import {
  Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Claim, ClaimToMake, FleetHolder, RebuildEnd } from '../../contracts/fleet-failures.js';
import type { FleetLock } from '../../contracts/fleet/fleet-ids.js';
import { Freeze, FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { parseRebuildWorkflowId, rebuildWorkflowId, type VmRef } from '../../contracts/ids.js';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import type { LeftBehind } from '../../contracts/rerun-verdict.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { unreadableText } from '../../contracts/task-failure.js';
import { readLeftBehind } from './earlier-runs.js';
import {
  type ImagesOfFleet,
  makeClaim,
  type MembersOfFleet,
  readFleetLock,
  readImagesOfFleets,
  readMembersOfFleets,
} from './fleets.js';
import {
  type LastRebuild,
  type LocksToRead,
  readFormerImage,
  readLastRebuild,
  readRebuildEnd,
  readRebuildLocks,
  type RebuildLock,
  type RebuildRef,
} from './rebuilds.js';
import { describeLatest, firstRunIdOf, hasEnded, inTurns, listRuns, type RunDescription } from './runs.js';
import { type ScheduleOfRegion, type SchedulesRead, visitSchedulesOfRegion } from './schedules.js';

export interface OpenNamespaceOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** What the workers and clients of the namespace have. @default in clear */
  readonly dataConverter?: DataConverter;
}

/** What a worker's activities may ask of its own namespace. */
export interface OpenNamespace extends FleetQuestions {
  readonly freeze: () => Promise<Freeze | null>;
  readonly leftBehind: (vm: VmRef, runId: string) => Promise<LeftBehind>;
  readonly rebuildLocks: (asked: LocksToRead) => Promise<RebuildLock[]>;
  readonly formerImages: (locks: readonly RebuildLock[]) => Promise<(string | null | undefined)[]>;
  readonly imagesOfFleets: (regionId: string) => Promise<ImagesOfFleet[]>;
  readonly membersOfFleets: (regionId: string) => Promise<MembersOfFleet[]>;
  readonly visitSchedulesOf: (regionId: string, visit: (schedule: ScheduleOfRegion) => void) => Promise<SchedulesRead>;
}

const ANSWER_WITHIN_MS = 10_000;

/**
 * Asks the namespace over the connection that the worker has already; nothing is to be closed.
 *
 * Every function rejects with what the SDK throws when there is no answer within ten seconds to one of its questions.
 * What cannot be decrypted here counts as said by nobody who is known: a freeze freezes, a claim holds. What a run has
 * left cannot be told then: that rejects.
 */
export function openNamespace({ connection, namespace, dataConverter = {} }: OpenNamespaceOptions): OpenNamespace {
  const client = new Client({ connection, namespace, dataConverter });
  const ask = <T>(question: () => Promise<T>) => client.withDeadline(Date.now() + ANSWER_WITHIN_MS, question);
  return {
    freeze: () => ask(() => readFreeze(client)),
    leftBehind: (vm, runId) => readLeftBehind(client, { ...vm, runId }, ask),
    rebuildLocks: (asked) => readRebuildLocks(client, asked, ask),
    formerImages: (locks) => inTurns(locks, (lock) => ask(() => readFormerImage(client, lock))),
    imagesOfFleets: (regionId) => readImagesOfFleets(client, regionId, ask),
    membersOfFleets: (regionId) => readMembersOfFleets(client, regionId, ask),
    visitSchedulesOf: (regionId, visit) => visitSchedulesOfRegion(client, { regionId, visit }, ask),
    ...openFleetQuestions(client, ask),
  };
}

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

/** Most rebuilds from which it is computed how long they take: the last ones. */
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

/** A freeze, and the first run of its workflow: it may have continued as new since. */
export interface FreezeRun {
  readonly runId: string;
  readonly firstRunId: string;
  readonly freeze: Freeze;
}

/**
 * Reads from Temporal's own description of the workflow whether the namespace is frozen: no worker is needed for it, and
 * no key. One of which nobody can read who and why freezes too, as does one that someone has started by hand.
 * @returns null when no freeze is under way
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFreezeRun(client: Client): Promise<FreezeRun | null> {
  const description = await describeLatest(client, FREEZE_WORKFLOW_ID);
  if (description === null || hasEnded(description)) return null;
  return { runId: description.runId, firstRunId: firstRunIdOf(description), freeze: freezeOf(description) };
}

/** The freeze in whichever run it is by then, and no other that was begun meanwhile: the server compares the first run. */
export function handleOfFreeze(client: Client, { firstRunId }: Pick<FreezeRun, 'firstRunId'>): WorkflowHandle {
  return client.workflow.getHandle(FREEZE_WORKFLOW_ID, undefined, { firstExecutionRunId: firstRunId });
}

/** The same without the run. */
export async function readFreeze(client: Client): Promise<Freeze | null> {
  return (await readFreezeRun(client))?.freeze ?? null;
}

function freezeOf({ startTime, memo, unreadable }: RunDescription): Freeze {
  const by = Freeze.shape.by.safeParse(memo?.[MEMO.requestedBy]);
  const reason = Freeze.shape.reason.safeParse(memo?.[MEMO.reason]);
  const since = Freeze.shape.since.safeParse(memo?.[MEMO.frozenSince]);
  const noReason = unreadable === null ? 'no reason given' : unreadableText(unreadable);
  return {
    by: by.success ? by.data : 'someone unknown',
    reason: reason.success ? reason.data : noReason,
    since: since.success ? since.data : startTime.toISOString(),
    ...(unreadable !== null && { unreadable }),
  };
}

/** A workflow that there is not: the server looks at the size of a query before it looks for whom it is. */
const NOBODY = 'reimage-nobody';

const RESOURCE_EXHAUSTED = 8;

/**
 * Whether the server takes a payload of so many bytes, as the workers of the namespace would send it. No server before
 * 1.30 tells its limits (`limit.blobSize.error`), so one is sent, to nobody.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function takesPayload(client: Client, bytes: number): Promise<boolean> {
  if (bytes === 0) return true;
  try {
    await client.workflow.getHandle(NOBODY).query('size', 'x'.repeat(bytes));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    if (isTooLarge(error)) return false;
    throw error;
  }
  return true;
}

/** The SDK takes every invalid argument of a query for a query that nobody knows. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof QueryNotRegisteredError) return /exceeds limit/i.test(error.message);
  if (error instanceof ServiceError) return isTooLarge(error.cause);
  return isGrpcServiceError(error) && error.code === RESOURCE_EXHAUSTED && /larger than max/i.test(error.details);
}
