import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { eventually } from '../fixtures/eventually.js';
import { type ResetPoint, resetRun, type RunRef } from '../fixtures/reset-run.js';
import { doInBatch, LONGER, OVER, pendingActivity } from './server-acts.js';
import type { Vm } from './stage.js';
import type { ActName } from './table.js';

const { PENDING_ACTIVITY_STATE_PAUSE_REQUESTED } = proto.temporal.api.enums.v1.PendingActivityState;

const NOT_FOUND = 5;

/** What there is to act on. */
export interface Scene {
  readonly client: Client;
  readonly vm: Vm;
  /** The rebuild that is in the phase. */
  readonly handle: WorkflowHandle;
  readonly run: RunRef;
  /** The rebuild before it, which has ended; null where the act needs none. */
  readonly older: RunRef | null;
  /** To be called once the act is taken, where more follows. */
  readonly acted: () => void;
  /** Lets go what is kept in the phase. */
  readonly letGo: () => void;
  /** Waits until a run has ended, or is held. */
  readonly settle: (handle: WorkflowHandle) => Promise<unknown>;
  readonly request: RebuildRequestInput;
}

/** An act. @returns the run that stands after it */
type Act = (scene: Scene) => Promise<WorkflowHandle>;

/** Acts on a rebuild after an older one of its VM. */
export const NEEDS_OLDER: readonly ActName[] = [
  'reset-older-first',
  'reset-older-last',
  'reset-older-before-stop',
  'reset-older-before-call',
  'reset-older-again',
  'reset-batch',
];

const reset =
  (to: ResetPoint): Act =>
  ({ client, run }) =>
    resetRun(client, run, to);

const resetOlder =
  (to: ResetPoint): Act =>
  ({ client, older, run }) =>
    resetRun(client, older ?? run, to);

const terminated = (then: Act): Act => {
  return async (scene) => {
    await scene.handle.terminate('an administrator');
    scene.acted();
    return await then(scene);
  };
};

/** As the guide says: a VM left stopped counts as stopped. */
const askAnew: Act = async ({ vm, request, letGo }) => {
  letGo();
  await eventually('the VM is at rest', () => isAtRest(vm));
  return await vm.start({ ...request, onFailure: 'leave', power: 'running' });
};

export function isAtRest({ cloud, instanceId }: Vm): boolean {
  const { task, status } = cloud.vm(instanceId);
  const heldBack = cloud.journal
    .calls({ instanceId })
    .some((call) => call.fault?.startsWith('delay') && !call.httpStatus);
  return task === null && !heldBack && ['running', 'stopped'].includes(status);
}

const resetAgain: Act = async ({ client, run, acted, letGo, settle }) => {
  const again = await resetRun(client, run, 'first');
  acted();
  letGo();
  await settle(again);
  const { workflowId, runId } = await again.describe();
  return await resetRun(client, { workflowId, runId }, 'last');
};

type OnActivity = (
  service: Client['workflowService'],
  activity: Awaited<ReturnType<typeof pendingActivity>>,
) => Promise<unknown>;

const onActivity =
  (act: OnActivity): Act =>
  async ({ client, handle }) => {
    await act(client.workflowService, await pendingActivity(client, handle));
    return handle;
  };

const byHand =
  (end: (client: Client, of: { workflowId: string; runId: string; activityId: string }) => Promise<void>): Act =>
  async ({ client, handle, run }) => {
    const { id: activityId } = await pendingActivity(client, handle);
    await end(client, { ...run, activityId });
    return handle;
  };

/** Unpaused once its attempt has heard of it, and ended. */
const pauseAndUnpause: Act = async ({ client, handle, acted }) => {
  const activity = await pendingActivity(client, handle);
  await client.workflowService.pauseActivity(activity);
  acted();
  const stateOf = async () => (await handle.describe()).raw.pendingActivities?.[0]?.state;
  await eventually('its attempt has ended', async () => (await stateOf()) !== PENDING_ACTIVITY_STATE_PAUSE_REQUESTED);
  // Where its call was out it has ended with its answer.
  const isOver = (error: unknown) => isGrpcServiceError(error) && Number(error.code) === NOT_FOUND;
  await client.workflowService.unpauseActivity(activity).catch((error: unknown) => {
    if (!isOver(error)) throw error;
  });
  return handle;
};

export const ACT: Readonly<Record<ActName, Act>> = {
  'reset-first': reset('first'),
  'reset-last': reset('last'),
  'reset-older-first': resetOlder('first'),
  'reset-older-last': resetOlder('last'),
  'reset-older-before-stop': resetOlder({ before: 'stopInstance' }),
  'reset-older-before-call': resetOlder({ before: 'rebuildInstance' }),
  'reset-again': resetAgain,
  'reset-older-again': resetOlder({ before: 'rebuildInstance' }),
  'reset-batch': async ({ client, run }) => {
    await doInBatch(client, `WorkflowId = '${run.workflowId}'`, 'reset');
    return client.workflow.getHandle(run.workflowId);
  },
  'terminate-and-ask-anew': terminated(askAnew),
  'terminate-and-reset-first': terminated(reset('first')),
  'terminate-and-reset-last': terminated(reset('last')),
  cancel: async ({ handle }) => {
    await handle.cancel();
    return handle;
  },
  'cancel-batch': async ({ client, handle, run }) => {
    await doInBatch(client, `WorkflowId = '${run.workflowId}' AND ExecutionStatus = 'Running'`, 'cancel');
    return handle;
  },
  'activity-pause': pauseAndUnpause,
  'activity-reset': onActivity((service, activity) => service.resetActivity(activity)),
  'activity-reset-heartbeats': onActivity((service, activity) =>
    service.resetActivity({ ...activity, resetHeartbeat: true }),
  ),
  'activity-complete': byHand((client, activity) => client.activity.complete(activity, {})),
  'activity-complete-null': byHand((client, activity) => client.activity.complete(activity, null)),
  'activity-fail': byHand((client, activity) =>
    client.activity.fail(activity, ApplicationFailure.nonRetryable('by an administrator')),
  ),
  'activity-options-longer': onActivity((service, activity) =>
    service.updateActivityOptions({ ...activity, ...LONGER }),
  ),
  'activity-options-over': onActivity((service, activity) => service.updateActivityOptions({ ...activity, ...OVER })),
  'workflow-pause': async ({ client, handle, run }) => {
    const { namespace } = client.options;
    const asked = { namespace, ...run, reason: 'an administrator' };
    await client.workflowService.pauseWorkflowExecution({ ...asked, requestId: randomUUID() });
    await client.workflowService.unpauseWorkflowExecution({ ...asked, requestId: randomUUID() });
    return handle;
  },
};
