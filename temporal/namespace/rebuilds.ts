import { type Client, isGrpcServiceError, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { decodeTypedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import * as z from 'zod';
import type { RebuildEnd } from '../../contracts/fleet-failures.js';
import { parseRebuildWorkflowId, rebuildWorkflowId, type VmRef } from '../../contracts/ids.js';
import { MEMO, PROGRESS_QUERY, WORKFLOW } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { describeLatest, describeRunOrNull, firstRunIdOf, idsUnderWay, inTurns, type RunDescription } from './runs.js';

/** Which locks are asked: those of these VMs, and those of rebuilds that the index shows in the region, all or those onto one image. */
export interface LocksToRead {
  readonly regionId: string;
  readonly instanceIds: readonly string[];
  readonly ontoImageId?: string;
}

/** A rebuild under way, as the server's own state has it. */
export interface RebuildLock extends VmRef {
  readonly runId: string;
  /** Null before a worker took it up. */
  readonly phase: string | null;
  /** The image that it puts on; null where it named none, undefined where nobody tells. */
  readonly imageId: string | null | undefined;
  readonly backupImageId: string | null;
}

/** Bounds a question in time. */
type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/**
 * The locks among these that are held now. Each is described by its id, which the server answers from its own state; the
 * index, which lags, only adds VMs to the question. No memo is read: one that does not decrypt hides no lock.
 * @throws what the client throws when one of them cannot be asked
 */
export async function readRebuildLocks(client: Client, asked: LocksToRead, ask: Ask): Promise<RebuildLock[]> {
  const { regionId, instanceIds, ontoImageId } = asked;
  const query = [
    `WorkflowType = '${WORKFLOW.rebuildInstance}'`,
    `${SEARCH_ATTRIBUTE.region.name} = '${regionId}'`,
    ...(ontoImageId === undefined ? [] : [`${SEARCH_ATTRIBUTE.image.name} = '${ontoImageId}'`]),
  ].join(' AND ');
  const indexed = await idsUnderWay(client, query, ask);
  const ids = new Set([
    ...instanceIds.map((instanceId) => rebuildWorkflowId({ regionId, instanceId })),
    ...indexed.map(({ workflowId }) => workflowId),
  ]);
  const locks = await inTurns([...ids], (id) => ask(() => readLock(client, id)));
  return locks.filter((lock) => lock !== null);
}

async function readLock(client: Client, workflowId: string): Promise<RebuildLock | null> {
  const vm = parseRebuildWorkflowId(workflowId);
  const info = vm === null ? null : await describeOrNull(client, workflowId);
  if (vm === null || !info || info.closeTime) return null;
  const attributes = decodeTypedSearchAttributes(info.searchAttributes?.indexedFields);
  return {
    ...vm,
    runId: info.execution?.runId ?? '',
    phase: attributes.get(SEARCH_ATTRIBUTE.phase) ?? null,
    imageId: attributes.get(SEARCH_ATTRIBUTE.image) ?? (await readAskedImage(client, info.execution)),
    backupImageId: attributes.get(SEARCH_ATTRIBUTE.backup) ?? null,
  };
}

async function describeOrNull({ options, workflowService }: Client, workflowId: string) {
  try {
    const asked = { namespace: options.namespace, execution: { workflowId } };
    return (await workflowService.describeWorkflowExecution(asked)).workflowExecutionInfo;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) return null;
    throw error;
  }
}

/** The image that was asked for, from the request itself: who starts a rebuild without the library may leave attributes out. */
async function readAskedImage(
  { options, workflowService }: Client,
  execution: { workflowId?: string | null; runId?: string | null } | null | undefined,
): Promise<string | null | undefined> {
  const asked = { namespace: options.namespace, execution: execution ?? {}, maximumPageSize: 1 };
  const { history } = await workflowService.getWorkflowExecutionHistory(asked);
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  try {
    const [input] = await decodeArrayFromPayloads(options.loadedDataConverter, started?.input?.payloads);
    return AskedImage.parse(input).imageId ?? null;
  } catch {
    return undefined; // another key, or no request of ours
  }
}

const AskedImage = z.looseObject({ imageId: z.string().optional() });

/** gRPC's code of what is not there: no rebuild of the VM within the namespace's retention. */
const NOT_FOUND = 5;

/**
 * The image that a VM had before the rebuild under way on it, as the rebuild itself tells it.
 * @returns null where the VM had none that JD Cloud named; undefined where nobody tells
 */
export async function readFormerImage(client: Client, lock: RebuildLock): Promise<string | null | undefined> {
  try {
    const answer = await client.workflow.getHandle(rebuildWorkflowId(lock), lock.runId).query(PROGRESS_QUERY);
    return RebuildProgress.parse(answer).imageBeforeId;
  } catch {
    return undefined; // no worker answers, or not in a way that we can read
  }
}

/** The rebuild that holds the lock of a VM, or had it last. */
export interface LastRebuild {
  readonly startedAt: string;
  /** What it writes on the VM: its request id, or else its first run id. Null where neither can be read. */
  readonly marker: string | null;
}

/**
 * Reads it from the server's own state, and not from its index; null where the namespace knows of none.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readLastRebuild(client: Client, vm: VmRef): Promise<LastRebuild | null> {
  const description = await describeRunOrNull(client, rebuildWorkflowId(vm));
  return description && { startedAt: description.startTime.toISOString(), marker: markerOf(description) };
}

/** A memo that cannot be read may hold a request id, unless that stands in clear. */
function markerOf(description: RunDescription): string | null {
  const { memo, typedSearchAttributes, unreadable } = description;
  const requestId = memo?.[MEMO.requestId] ?? typedSearchAttributes.get(SEARCH_ATTRIBUTE.requestId);
  if (typeof requestId === 'string') return requestId;
  return unreadable === null ? firstRunIdOf(description) : null;
}

/** A rebuild, by the run in which it began. */
export interface RebuildRef extends VmRef {
  readonly runId: string;
}

/**
 * How a rebuild has ended, by the server's own state; null while it has not. One that was reset in Temporal goes on in
 * another run of the same chain, and it is that one's end.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readRebuildEnd(client: Client, { runId, ...vm }: RebuildRef): Promise<RebuildEnd | null> {
  const workflowId = rebuildWorkflowId(vm);
  const latest = await describeLatest(client, workflowId);
  const isOurs = latest !== null && (latest.runId === runId || firstRunIdOf(latest) === runId);
  const found = isOurs ? latest : await describeRunOrNull(client, workflowId, runId);
  if (found === null) return { type: 'lost', message: 'The namespace no longer knows its rebuild' };
  if (found.closeTime === undefined) return null;
  return await endOf(client.workflow.getHandle(workflowId, found.runId), found.status.name);
}

async function endOf(handle: WorkflowHandle, status: string): Promise<RebuildEnd> {
  try {
    const result: unknown = await handle.result();
    return { type: 'done', message: 'done', result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const message = cause?.message ?? error.message;
    if (cause instanceof ApplicationFailure)
      return { type: 'failed', message, failure: cause.type ?? 'Unexpected', result: cause.details?.[0] ?? null };
    if (cause instanceof CancelledFailure) return { type: 'cancelled', message };
    return { type: 'lost', message: `Its rebuild ended without a word: ${status.toLowerCase().replaceAll('_', ' ')}` };
  }
}
