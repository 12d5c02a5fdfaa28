import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import * as z from 'zod';
import { rebuildWorkflowId, type VmRef } from '../../contracts/ids.js';
import { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { Phase } from '../../contracts/rebuild-progress.js';
import { BackupOrder, type EarlierRun, type LeftBehind } from '../../contracts/rerun-verdict.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { lenientConverterOf, listRuns } from './runs.js';

/** Most runs of one VM that are looked at for operations of others: the newest. */
const MOST_RUNS = 20;

/** A reset ends the run under way and begins its own within one act of the server. */
const SAME_ACT_MS = 5_000;

/**
 * Reads what the runs have left whose place a reset run has taken, and which operation the reset has ended. All of it is
 * told by histories, the server's own state; only which other runs there are is told by the index, which lags by a moment.
 * @param runId - of the run that was reset
 * @throws what the client throws when the namespace cannot be asked, or a history cannot be read
 */
export async function readLeftBehind(
  client: Client,
  { runId, ...vm }: VmRef & { readonly runId: string },
  ask: Ask,
): Promise<LeftBehind> {
  const workflowId = rebuildWorkflowId(vm);
  const own = await readRunHistory(client, { workflowId, runId }, { ask });
  if (own === null) return { before: [], displaced: [], laterMarkers: [] };
  const chain = await readChain(client, { workflowId, ask }, own.baseRunIds);
  const rest = await readOthers(client, { workflowId, ask }, [runId, ...chain.map((run) => run.runId)]);
  const isSibling = (run: RunHistory) => run.firstRunId === own.firstRunId;
  const before = [...chain, ...rest.filter(isSibling)].toSorted((a, b) => begunMs(b) - begunMs(a));
  const since = before[0]?.startedAt ?? own.startedAt;
  const others = rest.filter((run) => !isSibling(run));
  return {
    before,
    displaced: [...displacedBy(own, [...chain, ...rest]).filter((run) => !isSibling(run)), ...lastOf(others, since)],
    laterMarkers: others.filter(({ startedAt }) => startedAt > since).map(({ marker }) => marker),
  };
}

/** Whoever had the VM last, and was terminated: nobody has come after it, until this run was reset. */
function lastOf(others: readonly RunHistory[], since: Date): RunHistory[] {
  const [last] = others.toSorted((a, b) => begunMs(b) - begunMs(a));
  return last !== undefined && last.isCutShort && last.startedAt > since ? [last] : [];
}

/** A reset leaves the time in a history at which the run before began. */
function begunMs({ resetAt, startedAt }: RunHistory): number {
  return (resetAt ?? startedAt).getTime();
}

/**
 * The runs that a reset has ended, the newest first: one that was reset itself may have ended others before it, and those
 * whose place it had taken. A batch of resets leaves such chains.
 */
function displacedBy(own: RunHistory, others: readonly RunHistory[]): RunHistory[] {
  const found = [own];
  for (let at = 0; at < found.length; at += 1) {
    const by = found[at];
    if (by === undefined) break;
    const ended = others.filter((run) => isDisplacedBy(by, run) || isCutBase(by, run));
    found.push(...ended.filter((run) => !found.includes(run)).toSorted((a, b) => endedMs(b) - endedMs(a)));
  }
  return found.slice(1);
}

/** A run that was ended by the reset which begins it anew. One that had ended by itself has seen to whom it had displaced. */
function isCutBase({ baseRunIds }: RunHistory, { runId, isCutShort }: RunHistory): boolean {
  return isCutShort && baseRunIds.includes(runId);
}

function endedMs({ endedAt }: RunHistory): number {
  return endedAt?.getTime() ?? 0;
}

/** Newest first. What the namespace has forgotten is left out. */
async function readChain(
  client: Client,
  { workflowId, ask }: Asking,
  runIds: readonly string[],
): Promise<RunHistory[]> {
  const chain: RunHistory[] = [];
  const known = [...runIds];
  for (let at = 0; at < known.length; at += 1) {
    const run = await readRunHistory(client, { workflowId, runId: known[at] ?? '' }, { ask });
    if (run === null) continue;
    chain.push(run);
    known.push(...run.baseRunIds.filter((id) => !known.includes(id)));
  }
  return chain;
}

/** Of others it is enough how they ended, and by which marker: both stand in clear, save a request id. */
async function readOthers(
  client: Client,
  { workflowId, ask }: Asking,
  known: readonly string[],
): Promise<RunHistory[]> {
  const runIds = (await ask(() => newestRuns(client, workflowId))).filter((runId) => !known.includes(runId));
  const options = { ask, isLenient: true };
  const runs = await Promise.all(runIds.map((runId) => readRunHistory(client, { workflowId, runId }, options)));
  return runs.filter((run) => run !== null);
}

async function newestRuns(client: Client, workflowId: string): Promise<string[]> {
  const runIds: string[] = [];
  for await (const { runId } of listRuns(client, { query: `WorkflowId = '${workflowId}'`, pageSize: MOST_RUNS })) {
    runIds.push(runId);
    if (runIds.length >= MOST_RUNS) break;
  }
  return runIds;
}

type Ask = ReadOptions['ask'];

interface Asking {
  readonly workflowId: string;
  readonly ask: Ask;
}

function isDisplacedBy({ resetAt }: RunHistory, { isCutShort, endedAt }: RunHistory): boolean {
  if (resetAt === null || endedAt === null || !isCutShort) return false;
  return Math.abs(endedAt.getTime() - resetAt.getTime()) <= SAME_ACT_MS;
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads;
/** Decodes what stands in one place of a history. */
type Decode = (payloads: Payloads | null | undefined) => Promise<unknown[]>;

/** A run of a VM's rebuild by its history, with what tells it from the runs before it. */
export interface RunHistory extends EarlierRun {
  /** The same for all runs of one start, however often it was reset. */
  readonly firstRunId: string;
  /** By the server's clock. */
  readonly startedAt: Date;
  /** When it was terminated; null for a run that was not. */
  readonly endedAt: Date | null;
  /** The runs whose place it has taken by a reset, the last one first. */
  readonly baseRunIds: readonly string[];
  /** When it took the place of the last of them; null for a run that no reset has begun. */
  readonly resetAt: Date | null;
}

/** What stands in a start's input that a marker is made of. */
const Asked = z.looseObject({ requestId: z.string().optional(), requestedBy: z.string().nullish() });
const Planned = z.union([z.looseObject({ plan: RebuildPlan }).transform(({ plan }) => plan), RebuildPlan]);

/** Activities whose result holds how the VM was found before it was touched. */
const PLANNING: readonly string[] = ['planRebuild', 'judgeRerun'];

interface RunRef {
  readonly workflowId: string;
  readonly runId: string;
}

export interface ReadOptions {
  /** Bounds each question in time. */
  readonly ask: <T>(question: () => Promise<T>) => Promise<T>;
  /** What cannot be decrypted counts as not said. @default false */
  readonly isLenient?: boolean;
}

/**
 * Reads what a run has done, in the server's own state.
 * @returns null when the namespace knows no such run any more
 * @throws what the client throws when the namespace cannot be asked, or a payload cannot be read
 */
export async function readRunHistory(
  client: Client,
  { workflowId, runId }: RunRef,
  { ask, isLenient = false }: ReadOptions,
): Promise<RunHistory | null> {
  const events = await ask(() => eventsOf(client, workflowId, runId));
  const [first] = events;
  const started = first?.workflowExecutionStartedEventAttributes;
  if (first === undefined || !started) return null;
  const converter = isLenient ? lenientConverterOf(client) : client.options.loadedDataConverter;
  const decode: Decode = (payloads) => decodeArrayFromPayloads(converter, payloads?.payloads);
  const { requestId, requestedBy = null } = Asked.safeParse((await decode(started.input))[0]).data ?? {};
  const firstRunId = started.firstExecutionRunId ?? runId;
  const steps = stepsOf(events);
  return {
    runId,
    firstRunId,
    marker: requestId ?? firstRunId,
    requestedBy,
    ...cutOf(events),
    phase: await lastPhase(events, decode),
    plan: await firstPlan(steps, decode),
    mayHaveSent: steps.some(({ type }) => type === 'rebuildInstance'),
    backup: await backupOf(steps, decode),
    startedAt: timeOf(first),
    ...resetsOf(events),
  };
}

function cutOf(events: readonly HistoryEvent[]): Pick<RunHistory, 'isCutShort' | 'endedAt'> {
  const last = events.at(-1);
  const isCutShort = last?.workflowExecutionTerminatedEventAttributes != null;
  return { isCutShort, endedAt: isCutShort ? timeOf(last) : null };
}

async function eventsOf(client: Client, workflowId: string, runId: string): Promise<readonly HistoryEvent[]> {
  try {
    return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

/** An activity that a run has asked for, and its result where it was done. */
interface Step {
  readonly type: string;
  readonly input: Payloads | null | undefined;
  readonly result: Payloads | null | undefined;
}

function stepsOf(events: readonly HistoryEvent[]): Step[] {
  const results = new Map<string, Payloads | null | undefined>();
  for (const { activityTaskCompletedEventAttributes: done } of events)
    if (done) results.set(String(done.scheduledEventId), done.result);
  return events.flatMap(({ eventId, activityTaskScheduledEventAttributes: asked }) => {
    if (!asked) return [];
    return [{ type: asked.activityType?.name ?? '', input: asked.input, result: results.get(String(eventId)) }];
  });
}

/** That of a run which has found the VM untouched, and may go on. A plan with issues tells only how it was found. */
async function firstPlan(steps: readonly Step[], decode: Decode): Promise<RebuildPlan | null> {
  for (const { type, result } of steps) {
    if (!PLANNING.includes(type) || !result) continue;
    const parsed = Planned.safeParse((await decode(result))[0]);
    if (parsed.success) return parsed.data;
  }
  return null;
}

async function backupOf(steps: readonly Step[], decode: Decode): Promise<EarlierRun['backup']> {
  const asked = steps.findLast(({ type }) => type === 'createBackup');
  if (asked === undefined) return null;
  const ordered = BackupOrder.safeParse((await decode(asked.input))[0]);
  return ordered.success ? ordered.data : null;
}

async function lastPhase(events: readonly HistoryEvent[], decode: Decode): Promise<Phase> {
  const shown = events.flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) => {
    const payload = upsert?.searchAttributes?.indexedFields?.[SEARCH_ATTRIBUTE.phase.name];
    return payload ? [payload] : [];
  });
  const last = shown.at(-1);
  if (last === undefined) return 'validating';
  const parsed = Phase.safeParse((await decode({ payloads: [last] }))[0]);
  return parsed.success ? parsed.data : 'validating';
}

/** The server marks in a history where a reset has begun it anew, and of which run. */
function resetsOf(events: readonly HistoryEvent[]): Pick<RunHistory, 'baseRunIds' | 'resetAt'> {
  const resets = events.filter(({ workflowTaskFailedEventAttributes: failed }) => failed?.baseRunId);
  const last = resets.at(-1);
  return {
    baseRunIds: resets.map(({ workflowTaskFailedEventAttributes: failed }) => failed?.baseRunId ?? '').toReversed(),
    resetAt: last === undefined ? null : timeOf(last),
  };
}

function timeOf({ eventTime }: HistoryEvent): Date {
  return new Date(Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6));
}
