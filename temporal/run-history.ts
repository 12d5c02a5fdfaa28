import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import * as z from 'zod';
import { BackupOrder, type EarlierRun } from '../contracts/earlier-run.js';
import { Phase } from '../contracts/phases.js';
import { RebuildPlan } from '../contracts/rebuild-plan.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { lenientConverterOf } from './read-runs.js';

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
    maySend: steps.some(({ type }) => type === 'rebuildInstance'),
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

/** That of a run which has found the VM untouched, and may go on. A plan with misfits tells only how it was found. */
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
