import {
  Client,
  type ScheduleDescription,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { LoadedDataConverter } from '@temporalio/common';
import type { Unreadable } from '../../contracts/task-failure.js';
import { lenientCodec, unreadableIn } from '../encryption/payload-codec.js';

/** What Temporal says in clear, and of what is encrypted that which can be read here. */
export interface Readable {
  /** Why some of it cannot be read; null: all of it can. */
  readonly unreadable: Unreadable | null;
}

/** A run in a list. Its memo holds what could be read of it. */
export type RunInfoRead = WorkflowExecutionInfo & Readable;

/** One run. Its memo holds what could be read of it. */
export type RunDescription = WorkflowExecutionDescription & Readable;

/** A schedule. Its arguments and memo hold what could be read of them: not to be written back. */
export type ScheduleRead = ScheduleDescription & Readable;

/**
 * Describes one run, or the latest of its id; of a payload that cannot be decrypted it says so.
 * @throws WorkflowNotFoundError · what the client throws when the namespace cannot be asked
 */
export async function describeRun(client: Client, workflowId: string, runId?: string): Promise<RunDescription> {
  return withMemoRead(await readerOf(client).workflow.getHandle(workflowId, runId).describe());
}

/** The same; null where the namespace knows of none. @throws what the client throws when the namespace cannot be asked */
export async function describeRunOrNull(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<RunDescription | null> {
  try {
    return await describeRun(client, workflowId, runId);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/**
 * The runs that a filter finds in Temporal's index, which lags by a moment; one that cannot be read is among them.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function* listRuns(
  client: Client,
  list: { readonly query: string; readonly pageSize?: number },
): AsyncGenerator<RunInfoRead> {
  for await (const info of readerOf(client).workflow.list(list)) yield withMemoRead(info);
}

/**
 * Describes a schedule by its id at Temporal.
 * @throws ScheduleNotFoundError · what the client throws when the namespace cannot be asked
 */
export async function describeScheduleAt(client: Client, temporalScheduleId: string): Promise<ScheduleRead> {
  const description = await readerOf(client).schedule.getHandle(temporalScheduleId).describe();
  const { action } = description;
  const { readable: memo, unreadable } = partOf(action.memo ?? {});
  const args: unknown[] = [...(action.args ?? [])];
  const unreadableArgs = args.map(unreadableIn);
  return {
    ...description,
    action: { ...action, memo, args: args.filter((_, index) => unreadableArgs[index] === null) },
    unreadable: unreadableArgs.find((each) => each !== null) ?? unreadable,
  };
}

/** The ids of all schedules of the namespace, and the types of the workflows that they start. */
export async function* listSchedulesAt(
  client: Client,
): AsyncGenerator<{ readonly scheduleId: string; readonly workflowType: string | null }> {
  for await (const { scheduleId, action } of readerOf(client).schedule.list()) {
    yield { scheduleId, workflowType: action?.workflowType ?? null };
  }
}

/** Decodes what a client would decode, and marks what it cannot: see {@link unreadableIn}. */
export function lenientConverterOf(client: Client): LoadedDataConverter {
  return readerOf(client).options.loadedDataConverter;
}

const READERS = new WeakMap<Client, Client>();

/** A client on the same connection that fails no read for a payload. It stays in this file: what it reads must not be written back. */
function readerOf(client: Client): Client {
  const known = READERS.get(client);
  if (known !== undefined) return known;
  const { connection, options } = client;
  const { namespace, identity, dataConverter, loadedDataConverter } = options;
  const payloadCodecs = [lenientCodec(loadedDataConverter.payloadCodecs)];
  const reader = new Client({ connection, namespace, identity, dataConverter: { ...dataConverter, payloadCodecs } });
  READERS.set(client, reader);
  return reader;
}

function withMemoRead<Info extends Pick<WorkflowExecutionInfo, 'memo'>>(info: Info): Info & Readable {
  const { readable: memo, unreadable } = partOf(info.memo ?? {});
  return { ...info, memo, unreadable };
}

function partOf(memo: Record<string, unknown>): { readable: Record<string, unknown> } & Readable {
  const readable: Record<string, unknown> = {};
  let unreadable: Unreadable | null = null;
  for (const [key, value] of Object.entries(memo)) {
    const why = unreadableIn(value);
    if (why === null) readable[key] = value;
    else unreadable ??= why;
  }
  return { readable, unreadable };
}

/** Looks at a workflow that continues as new at that very moment: the server may show the run that it has left. */
const TRIES = 5;

/**
 * The latest run of a workflow, by the server's own state; null where it knows of none. A run that the workflow has left
 * by continuing as new is not its end: what is told is the run after it.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function describeLatest(client: Client, workflowId: string): Promise<RunDescription | null> {
  let found = await describeRunOrNull(client, workflowId);
  for (let tries = 1; tries < TRIES && found?.status.name === 'CONTINUED_AS_NEW'; tries += 1)
    found = await describeRunOrNull(client, workflowId);
  return found;
}

/** Whether a workflow has ended. One whose latest run is shown as left has not: it goes on in the next. */
export function hasEnded({ closeTime, status }: WorkflowExecutionDescription): boolean {
  return closeTime !== undefined && status.name !== 'CONTINUED_AS_NEW';
}

/** The first of the runs in which a workflow has continued as new; on servers that do not say, this one. */
export function firstRunIdOf({ runId, raw }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

/** One run that is under way. */
export interface RunUnderWay {
  readonly workflowId: string;
  readonly runId: string;
}

const PAGE_SIZE = 1000;

/**
 * The runs under way that a filter of Temporal's index finds, which lags by a moment: hints, of which each is to be
 * confirmed. Nothing of them is decrypted.
 * @param ask - bounds the question for each page in time
 * @throws what the client throws when the namespace cannot be asked
 */
export async function idsUnderWay(
  client: Client,
  filter: string,
  ask: <T>(question: () => Promise<T>) => Promise<T>,
): Promise<RunUnderWay[]> {
  const { namespace } = client.options;
  const query = `${filter} AND ExecutionStatus = 'Running'`;
  const found: RunUnderWay[] = [];
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = { namespace, query, pageSize: PAGE_SIZE, ...(nextPageToken && { nextPageToken }) };
    const answer = await ask(() => client.workflowService.listWorkflowExecutions(page));
    for (const { execution } of answer.executions) {
      if (execution?.workflowId && execution.runId)
        found.push({ workflowId: execution.workflowId, runId: execution.runId });
    }
    nextPageToken = answer.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0);
  return found;
}

/** How many questions are out at a time: the namespace has a rate limit, which rebuilds need too. */
const AT_A_TIME = 20;

/** Asks for each of many, some at a time; the answers in the order given. */
export async function inTurns<T, R>(all: readonly T[], ask: (each: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let first = 0; first < all.length; first += AT_A_TIME) {
    answers.push(...(await Promise.all(all.slice(first, first + AT_A_TIME).map(ask))));
  }
  return answers;
}
