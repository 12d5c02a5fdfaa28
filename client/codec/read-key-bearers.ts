import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import proto, { type temporal } from '@temporalio/proto';
import { parseTemporalScheduleId, temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { listRuns, listSchedulesAt, type RunInfoRead } from '../../temporal/namespace/runs.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { ReimageError } from '../connection/errors.js';
import { grpcCodeOf } from '../connection/temporal-errors.js';
import { quote } from '../connection/visibility-query.js';
import { joinKeyUses, type KeyUses, keyUsesIn, type LastWrite } from './key-use.js';

const { HistoryEventFilterType } = proto.temporal.api.enums.v1;
type ScheduleInfo = temporal.api.schedule.v1.IScheduleInfo;

/** Ids of keys; null of payloads in clear. */
type KeyIds = ReadonlySet<string | null>;

/**
 * The keys that the next firing of a schedule needs beside those of its input: Temporal hands it the result of the last
 * firing that ended well, and the failure of the last one where that failed, and shows neither. So the ends of the last
 * firings are read.
 * @returns null where nobody can tell: the namespace has forgotten those ends
 * @throws ReimageUnreachableError
 */
export async function readHandedOn(context: ClientContext, info: ScheduleInfo): Promise<KeyIds | null> {
  const recent = (info.recentActions ?? []).toReversed();
  const ends: HistoryEvent[] = [];
  for (const { startWorkflowResult } of recent) {
    const { workflowId, runId } = startWorkflowResult ?? {};
    const end = await readEnd(context, workflowId ?? '', runId ?? '');
    // One of an older worker goes on in other runs.
    if (end === null || end.workflowExecutionContinuedAsNewEventAttributes) return null;
    ends.push(end);
    if (endsWell(end)) break;
  }
  const isWhole = ends.some(endsWell) || Number(info.actionCount ?? 0) <= recent.length;
  const handedOn = [ends.find(endsWell), ends.find(({ workflowExecutionFailedEventAttributes: failed }) => failed)];
  return isWhole ? new Set(handedOn.flatMap((end) => [...keyUsesIn(end).keys()])) : null;
}

function endsWell({ workflowExecutionCompletedEventAttributes: completed }: HistoryEvent): boolean {
  return Boolean(completed);
}

/** The last event of a run, which is its end unless it is under way; null where the namespace has forgotten it. */
async function readEnd(context: ClientContext, workflowId: string, runId: string): Promise<HistoryEvent | null> {
  const { workflowService, options } = context.client;
  try {
    const { history } = await callTemporal(context, () =>
      workflowService.getWorkflowExecutionHistory({
        namespace: options.namespace,
        execution: { workflowId, runId },
        historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
      }),
    );
    return history?.events?.at(-1) ?? null;
  } catch (error) {
    if (error instanceof ReimageError && grpcCodeOf(error.cause) === NOT_FOUND) return null;
    throw error;
  }
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** A schedule of ours, and what it bears. */
export interface ScheduleBearer {
  readonly scheduleId: string;
  readonly uses: KeyUses;
  /** Keys that its next firing needs for what the last ones have left; null where nobody can tell. */
  readonly handedOn: ReadonlySet<string | null> | null;
}

/** One run, and what it bears. */
export interface RunBearer {
  readonly operationId: string;
  readonly runId: string;
  /** Null while it is open. */
  readonly closedAt: string | null;
  readonly uses: KeyUses;
}

const PAGE_SIZE = 1000;
/** Histories that are read at a time. */
const AT_A_TIME = 10;
const NOT_FOUND = 5;
/** For all pages of a list together. */
const LIST_MS = 120_000;

/** All schedules of ours, each with its input, memo and summary, and what its last firings hand on. Two calls or more for each. @throws ReimageUnreachableError */
export async function readScheduleBearers(context: ClientContext): Promise<ScheduleBearer[]> {
  const ids = await callTemporal(context, () => scheduleIds(context), LIST_MS);
  const bearers: ScheduleBearer[] = [];
  for (const scheduleId of ids.toSorted()) {
    const bearer = await readSchedule(context, scheduleId);
    if (bearer !== null) bearers.push(bearer);
  }
  return bearers;
}

async function scheduleIds({ client }: ClientContext): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, workflowType } of listSchedulesAt(client)) {
    const id = parseTemporalScheduleId(scheduleId);
    if (id !== null && workflowType === WORKFLOW.scheduledFleet) ids.push(id);
  }
  return ids;
}

/** Null for one that was deleted meanwhile. */
async function readSchedule(context: ClientContext, scheduleId: string): Promise<ScheduleBearer | null> {
  const { workflowService, options } = context.client;
  const request = { namespace: options.namespace, scheduleId: temporalScheduleId(scheduleId) };
  const description = await unlessGone(context, () => workflowService.describeSchedule(request));
  if (description === null) return null;
  const { schedule, info } = description;
  return {
    scheduleId,
    uses: keyUsesIn(schedule?.action),
    handedOn: await readHandedOn(context, info ?? {}),
  };
}

/** Which runs are looked at, and how deep. */
export interface RunsToRead {
  /** Only those under way. */
  readonly openOnly?: boolean;
  /** Their memos alone: a call for each thousand runs, and none for each run. */
  readonly memosOnly?: boolean;
}

/**
 * The runs of our workflows that the namespace keeps, by its index, which lags by a moment: each with its memo and its
 * whole history, of open ones also what their activities have said last. Two calls or more for each run.
 * @throws ReimageUnreachableError
 */
export async function readRunBearers(
  context: ClientContext,
  { openOnly = false, memosOnly = false }: RunsToRead = {},
): Promise<RunBearer[]> {
  const types = Object.values(WORKFLOW).map(quote).join(', ');
  const query = `WorkflowType IN (${types})${openOnly ? ` AND ExecutionStatus = 'Running'` : ''}`;
  const found = await callTemporal(context, () => allRuns(context, query), LIST_MS);
  const bearers: RunBearer[] = [];
  for (let first = 0; first < found.length; first += AT_A_TIME) {
    const some = found.slice(first, first + AT_A_TIME);
    const read = await Promise.all(some.map((info) => readRun(context, info, memosOnly)));
    bearers.push(...read.filter((each) => each !== null));
  }
  return bearers;
}

async function allRuns({ client }: ClientContext, query: string): Promise<RunInfoRead[]> {
  const runs: RunInfoRead[] = [];
  for await (const info of listRuns(client, { query, pageSize: PAGE_SIZE })) runs.push(info);
  return runs;
}

/** Null for one that the namespace has forgotten meanwhile. */
async function readRun(context: ClientContext, info: RunInfoRead, memosOnly: boolean): Promise<RunBearer | null> {
  const { workflowId: operationId, runId, closeTime, startTime } = info;
  const run = { operationId, runId, closedAt: closeTime?.toISOString() ?? null };
  const memo = keyUsesIn(info.raw.memo, { at: startTime.toISOString(), by: null });
  const uses = memosOnly ? memo : await readRunUses(context, run);
  return uses && { ...run, uses };
}

/** What a run bears: its history and, while it is open, what its activities have said last. Null where it is gone. @throws ReimageUnreachableError */
export async function readRunUses(context: ClientContext, run: Omit<RunBearer, 'uses'>): Promise<KeyUses | null> {
  const history = await readHistoryUses(context, run);
  if (history === null || run.closedAt !== null) return history;
  return joinKeyUses(history, await readPendingUses(context, run));
}

/** What the history of a run bears, its first event with input, memo and summary included. */
async function readHistoryUses(
  context: ClientContext,
  { operationId: workflowId, runId }: Pick<RunBearer, 'operationId' | 'runId'>,
): Promise<KeyUses | null> {
  const { workflowService, options } = context.client;
  const request = {
    namespace: options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: PAGE_SIZE,
  };
  const writers = new Map<number, string>();
  let uses: KeyUses = new Map();
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const token = nextPageToken;
    const page = await unlessGone(context, () =>
      workflowService.getWorkflowExecutionHistory({ ...request, nextPageToken: token }),
    );
    if (page === null) return null;
    for (const event of page.history?.events ?? []) {
      uses = joinKeyUses(uses, keyUsesIn(event, writeOf(event, writers)));
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return uses;
}

/**
 * Who wrote an event. What a workflow has decided bears the identity of the task in which it did.
 * @param writers - of the tasks until then, by the ids of their events
 */
function writeOf(event: HistoryEvent, writers: Map<number, string>): LastWrite | null {
  const at = optionalTsToDate(event.eventTime)?.toISOString();
  if (at === undefined) return null;
  const attributes: unknown = Object.entries(event).find(([key]) => key.endsWith('EventAttributes'))?.[1];
  const identity = valueAt(attributes, 'identity');
  const by = typeof identity === 'string' && identity !== '' ? identity : null;
  if (event.workflowTaskCompletedEventAttributes && by !== null) writers.set(Number(event.eventId), by);
  return { at, by: by ?? writers.get(Number(valueAt(attributes, 'workflowTaskCompletedEventId'))) ?? null };
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** What the activities under way have said last, which stands in no history yet. */
async function readPendingUses(
  context: ClientContext,
  { operationId: workflowId, runId }: Pick<RunBearer, 'operationId' | 'runId'>,
): Promise<KeyUses> {
  const { workflowService, options } = context.client;
  const request = { namespace: options.namespace, execution: { workflowId, runId } };
  const description = await unlessGone(context, () => workflowService.describeWorkflowExecution(request));
  return keyUsesIn(description?.pendingActivities);
}

/** Null where what is asked about is gone meanwhile. */
async function unlessGone<T>(context: ClientContext, read: () => Promise<T>): Promise<T | null> {
  try {
    return await callTemporal(context, read);
  } catch (error) {
    if (error instanceof ReimageError && grpcCodeOf(error.cause) === NOT_FOUND) return null;
    throw error;
  }
}
