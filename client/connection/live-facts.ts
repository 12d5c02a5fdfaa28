import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { LoadedDataConverter } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import * as z from 'zod';
import type { RebuildProgress } from '../../contracts/rebuild-progress.js';

/** What only the server knows of the step under way. A key that is absent: nothing said. */
export type LiveFacts = Partial<
  Pick<RebuildProgress, 'attempts' | 'lastError' | 'lastAnswer' | 'answeredBy' | 'observedStatus'>
>;

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** The part of contracts/rebuild-result.ts's WaitHeartbeat that is shown. */
const Heartbeat = z.looseObject({
  attempt: z.int(),
  observed: z.looseObject({ status: z.string().nullable() }).nullable(),
  lastError: z.string().nullable(),
  lastAnswer: z.string().optional(),
  /** Only what a health check reports has it. */
  health: z.unknown().optional(),
});

/**
 * Reads the activity under way: its attempt, its last error, the VM status of its last heartbeat, and
 * what a health check said last, or why the step waits.
 * Of several the one that fails is told, since it is what holds the rebuild up. An error of an earlier
 * attempt is told only until the present one has reported something newer; an answer of one is never told.
 */
export async function readLiveFacts(
  pending: readonly PendingActivity[] | null | undefined,
  converter: LoadedDataConverter,
): Promise<LiveFacts> {
  const activity = pending?.find(({ lastFailure }) => lastFailure) ?? pending?.[0];
  if (activity === undefined) return {};
  const attempts = activity.attempt || 1;
  const failure = await decodeOptionalFailureToOptionalError(converter, activity.lastFailure);
  const earlier: LiveFacts = { attempts, ...(failure && { lastError: failure.message }) };
  const [details] = await decodeArrayFromPayloads(converter, activity.heartbeatDetails?.payloads);
  const heartbeat = Heartbeat.safeParse(details);
  return heartbeat.success ? { ...earlier, ...factsIn(heartbeat.data, attempts) } : earlier;
}

function factsIn(
  { attempt, observed, lastError, lastAnswer, health }: z.output<typeof Heartbeat>,
  attempts: number,
): LiveFacts {
  const answeredBy = health === undefined ? 'step' : 'check';
  return {
    ...(attempt === attempts && { lastError, ...(lastAnswer !== undefined && { lastAnswer, answeredBy }) }),
    ...(observed?.status != null && { observedStatus: observed.status }),
  };
}
