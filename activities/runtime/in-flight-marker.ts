import { activityInfo, Context } from '@temporalio/activity';
import * as z from 'zod';
import type { FailureType } from '../../contracts/failures.js';
import { type CallWord, mayEarlierCallBeInFlight, settlesIfNeverRan } from '../decisions/before-call.js';
import { type Acknowledge, Attempt } from './heartbeat.js';

const Note = z.looseObject({ attempt: z.int(), noneInFlight: z.boolean() });

/**
 * What an attempt leaves behind for the next one about the one call that must not be repeated. The note says that a
 * call may be out from the attempt's first moment, and `noneInFlight` only as its last word: heartbeats are sent with
 * delay, and a worker may die at any moment, so no earlier word could be trusted.
 */
export class InFlightMarker {
  /** Whether a call of an earlier attempt may have arrived, by the notes alone. */
  readonly mayBeOut: boolean;
  readonly attempt: Attempt;
  /** That the attempt before this one never ran would settle that no call is out. */
  readonly #settlesIfNeverRan: boolean;
  #noneInFlight = false;

  constructor(acknowledge: Acknowledge) {
    const { attempt, heartbeatDetails, scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
    const before = Note.safeParse(heartbeatDetails);
    const word: CallWord | null = before.success ? before.data : null;
    const isFirstScheduled = currentAttemptScheduledTimestampMs === scheduledTimestampMs;
    this.mayBeOut = mayEarlierCallBeInFlight({ attempt, isFirstScheduled, word });
    this.#settlesIfNeverRan = settlesIfNeverRan({ word, hasHeartbeat: heartbeatDetails !== undefined });
    this.attempt = new Attempt(acknowledge, () => ({ attempt, noneInFlight: this.#noneInFlight }));
    this.attempt.beat();
  }

  /**
   * Whether a call of an earlier attempt may have arrived. An attempt before this one whose input could not be decoded
   * has left no note, and needs none: the server tells of it.
   */
  async findOut(): Promise<boolean> {
    if (!this.mayBeOut || !this.#settlesIfNeverRan) return this.mayBeOut;
    return !(await attemptBeforeNeverRan(Context.current()));
  }

  /** The last word of an attempt that surely has no call out. */
  noneInFlight(): void {
    this.stop();
    this.#noneInFlight = true;
    this.attempt.beat();
  }

  /** Ends the heartbeats. Call it always. */
  stop(): void {
    this.attempt.stop();
  }
}

/** How an attempt ends whose input, or whose note of the attempt before, the worker could not decode: before any code of ours. */
const UNREADABLE: FailureType = 'PayloadUnreadable';

/** Longest that the answer may take. */
const ANSWER_WITHIN_MS = 4_000;

/**
 * Whether the attempt before this one ended before any code of ours ran, by the word of the server. False also where
 * nobody can tell.
 */
export async function attemptBeforeNeverRan({ client, info }: Pick<Context, 'client' | 'info'>): Promise<boolean> {
  const { activityId, workflowExecution: execution, namespace } = info;
  // Where an operator has it counted from 1 again, there may have been others before.
  if (execution === undefined || info.attempt === 1) return false;
  try {
    const asked = { namespace, execution };
    const { pendingActivities } = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      client.workflowService.describeWorkflowExecution(asked),
    );
    const own = pendingActivities.find((activity) => activity.activityId === activityId);
    return own?.attempt === info.attempt && own.lastFailure?.applicationFailureInfo?.type === UNREADABLE;
  } catch {
    return false;
  }
}
