import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { ReimageError } from '../reimage-errors.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { grpcCodeOf } from '../grpc-error.js';
import { keyUsesIn } from './key-use.js';

const { HistoryEventFilterType } = proto.temporal.api.enums.v1;
type ScheduleInfo = temporal.api.schedule.v1.IScheduleInfo;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Ids of keys; null of payloads in clear. */
type KeyIds = ReadonlySet<string | null>;

const NOT_FOUND = 5;

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
