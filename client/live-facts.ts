import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { LoadedDataConverter } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import * as z from 'zod';
import type { RebuildProgress } from '../contracts/rebuild-progress.js';

/** What only the server knows of the step under way. Undefined: nothing said. */
export interface LiveFacts {
  readonly attempts: number | undefined;
  readonly lastError: string | undefined;
  readonly observedStatus: string | undefined;
}

type PendingActivities = WorkflowExecutionDescription['raw']['pendingActivities'];

const Heartbeat = z.looseObject({ status: z.string() });

/**
 * Reads the activity under way: its attempt, why the last attempt failed, and the VM status of its
 * last heartbeat. Of several the one that fails is told, since it is what holds the rebuild up.
 */
export async function readLiveFacts(pending: PendingActivities, converter: LoadedDataConverter): Promise<LiveFacts> {
  const activities = pending ?? [];
  const activity = activities.find(({ lastFailure }) => lastFailure) ?? activities[0];
  if (activity === undefined) return { attempts: undefined, lastError: undefined, observedStatus: undefined };
  const failure = await decodeOptionalFailureToOptionalError(converter, activity.lastFailure);
  const [details] = await decodeArrayFromPayloads(converter, activity.heartbeatDetails?.payloads);
  const heartbeat = Heartbeat.safeParse(details);
  return {
    attempts: activity.attempt ?? undefined,
    lastError: failure?.message,
    observedStatus: heartbeat.success ? heartbeat.data.status : undefined,
  };
}

/** Lays what the server knows over what the workflow answered. */
export function withLiveFacts(progress: RebuildProgress, facts: LiveFacts): RebuildProgress {
  return {
    ...progress,
    attempts: facts.attempts ?? progress.attempts,
    lastError: facts.lastError ?? progress.lastError,
    observedStatus: facts.observedStatus ?? progress.observedStatus,
  };
}
