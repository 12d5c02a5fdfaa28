import { getExternalWorkflowHandle, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { MemberNews } from '../contracts/fleet/fleet-progress.js';
import { MEMBER_SIGNAL, MEMO } from '../contracts/names.js';

/** Tells the fleet that a rebuild is part of that it is held, and why, or no longer (null). A fleet that has ended is told nothing. */
export function tellFleet(instanceId: string, held: string | null): void {
  const { parent, memo } = workflowInfo();
  const fleetId = memo?.[MEMO.fleetId];
  if (parent === undefined || typeof fleetId !== 'string') return;
  const news: MemberNews = { instanceId, held, fleetId };
  getExternalWorkflowHandle(parent.workflowId)
    .signal(MEMBER_SIGNAL, news)
    .catch((error: unknown) => {
      if (!(error instanceof TemporalFailure)) throw error;
    });
}
