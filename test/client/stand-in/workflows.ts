import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Decision, DecisionTaken, Held } from '../../../contracts/decision.js';
import type { RebuildPlan } from '../../../contracts/rebuild-plan.js';
import type { RebuildProgress } from '../../../contracts/rebuild-progress.js';
import type { RebuildRequest } from '../../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../../contracts/rebuild-result.js';
import { SEARCH_ATTRIBUTE } from '../../../contracts/search-attributes.js';

/** How a test ends the stand-in: by a word, or with a result of which this is told. */
export type Ending = 'done' | 'VmInError' | 'rubbish' | 'failed without a word' | Partial<RebuildResult>;

const BACKUP_ID = 'img-backup';
const SINCE = '2026-11-24T05:00:00.000Z';

const { failAndHeartbeat } = proxyActivities<{ failAndHeartbeat: () => Promise<void> }>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '50 milliseconds', backoffCoefficient: 1 },
});

/** Speaks the protocol of the real workflow towards clients, and ends as a test says. */
export async function rebuildInstance(request: RebuildRequest): Promise<unknown> {
  let ending: Ending | null = null;
  let held: Held | null = null;
  let cancelledAt: string | null = null;
  const decisions: DecisionTaken[] = [];
  setHandler(defineQuery('progress'), () => ({
    ...(held === null ? progressOf() : heldProgress(held)),
    cancelRequestedAt: cancelledAt,
  }));
  setHandler(defineSignal<[Held]>('hold'), (hold) => {
    held = hold;
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTE.phase, value: 'held' },
      { key: SEARCH_ATTRIBUTE.backup, value: BACKUP_ID },
    ]);
  });
  setHandler(
    defineUpdate<DecisionTaken, [Decision]>('decide'),
    async (decision) => {
      if (decision.reason === 'no answer') await condition(() => ending !== null);
      const { heldSince: _, ...said } = decision;
      const taken = { ...said, at: new Date().toISOString() };
      decisions.push(taken);
      if (decision.reason !== 'stay held') held = null;
      return taken;
    },
    { validator: (decision) => refuseWhenTooLate(decision, held) },
  );
  setHandler(defineQuery('decisions'), () => decisions);
  setHandler(defineSignal<[Ending]>('end'), (how) => {
    ending = how;
  });
  try {
    if (request.reason === 'with an activity') await failAndHeartbeat();
    if (request.reason === 'too late to cancel') {
      cancelledAt = await cancelledOnce();
      await CancellationScope.nonCancellable(() => condition(() => ending !== null));
    }
    await condition(() => ending !== null);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    if (request.reason !== 'leave no word') upsertMemo({ result: resultOf(request, 'cancelled') });
    throw new CancelledFailure('cancelled');
  }
  return end(request, ending);
}

/** Waits for a cancellation, and goes on after it, as a rebuild past its call does. */
async function cancelledOnce(): Promise<string> {
  await CancellationScope.current().cancelRequested.catch(() => undefined);
  return new Date().toISOString();
}

/** VMs `i-none...` are not there, `i-slow...` take their time. */
export async function planRebuild(request: RebuildRequest): Promise<RebuildPlan> {
  if (request.instanceId.startsWith('i-slow')) await sleep('7500 milliseconds');
  if (request.instanceId.startsWith('i-none')) {
    const failure = { type: 'VmNotFound', message: 'no such VM', requestId: 'req-404', state: null, next: 'look' };
    throw ApplicationFailure.create({
      type: 'VmNotFound',
      message: 'no such VM',
      nonRetryable: true,
      details: [failure],
    });
  }
  return {
    regionId: request.regionId,
    instanceId: request.instanceId,
    instanceName: null,
    status: 'running',
    power: { before: 'running', after: 'running' },
    imageBefore: null,
    imageAfter: null,
    systemDisk: null,
    dataDisks: [],
    keepCharging: false,
    markerUsable: true,
    issues: [],
    warnings: [],
    steps: ['stop the VM'],
  };
}

function end(request: RebuildRequest, ending: Ending | null): unknown {
  if (ending === 'done') return resultOf(request, 'done');
  if (ending === 'rubbish') return { hello: 'world' };
  if (ending !== null && typeof ending === 'object')
    return endTold(resultOf(request, ending.outcome ?? 'failed'), ending);
  const details = ending === 'VmInError' ? [resultOf(request, 'failed')] : [];
  throw ApplicationFailure.create({ type: 'VmInError', message: 'the VM is in error', nonRetryable: true, details });
}

/** Only a result that is done is returned; any other is the detail of a failure. */
function endTold(result: RebuildResult, told: Partial<RebuildResult>): RebuildResult {
  const whole = { ...result, ...told };
  if (whole.outcome === 'done') return whole;
  throw ApplicationFailure.create({ type: 'VmInError', message: 'told', nonRetryable: true, details: [whole] });
}

function refuseWhenTooLate({ reason, heldSince }: Decision, held: Held | null): void {
  if (heldSince !== held?.since) {
    throw ApplicationFailure.nonRetryable(`meant for another hold, ${heldSince}`, 'DecisionRefused');
  }
  if (reason === 'too late') throw ApplicationFailure.nonRetryable('bob has decided already', 'DecisionRefused');
}

function heldProgress(held: Held): RebuildProgress {
  return { ...progressOf(), phase: 'held', held, backupImageId: BACKUP_ID, imageBeforeId: 'img-old' };
}

function progressOf(): RebuildProgress {
  return {
    phase: 'stopping',
    since: SINCE,
    observedStatus: 'running',
    attempts: 1,
    lastError: null,
    next: 'wait until the VM is stopped',
    cancelRequestedAt: null,
    timeline: [{ phase: 'validating', startedAt: SINCE, finishedAt: SINCE }],
  };
}

function resultOf(request: RebuildRequest, outcome: RebuildResult['outcome']): RebuildResult {
  return {
    outcome,
    operationId: workflowInfo().workflowId,
    regionId: request.regionId,
    instanceId: request.instanceId,
    requestedBy: request.requestedBy ?? null,
    reason: request.reason ?? null,
    imageBefore: 'img-old',
    imageAfter: request.imageId ?? 'img-old',
    power: { before: 'running', after: 'running' },
    startedAt: SINCE,
    finishedAt: SINCE,
    timeline: [],
    attempts: {},
    apiCalls: [],
    warnings: [],
    ...(outcome === 'failed' && {
      failure: { type: 'VmInError', message: 'the VM is in error', requestId: 'req-1', state: null, next: 'ticket' },
    }),
  };
}
