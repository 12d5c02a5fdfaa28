import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MEMO } from '../../contracts/names.js';
import { RebuildResult } from '../../contracts/rebuild-result.js';

/** The result of a rebuild however it ended, read from where each kind of end keeps it, and parsed by its contract. */
export async function outcomeOf(handle: WorkflowHandle): Promise<RebuildResult> {
  try {
    return RebuildResult.parse(await handle.result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof ApplicationFailure) return RebuildResult.parse(error.cause.details?.[0]);
    if (!(error.cause instanceof CancelledFailure)) throw error;
    const { memo } = await handle.describe();
    return RebuildResult.parse(memo?.[MEMO.result]);
  }
}
