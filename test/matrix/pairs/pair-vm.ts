import type { WorkflowHandle } from '@temporalio/client';
import { backupDescription, backupName } from '../../../contracts/backup.js';
import type { RebuildRequestInput } from '../../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { CallEntry } from '../../../simulator/model/journal.js';
import { type Simulator, startSimulator } from '../../../simulator/start-simulator.js';
import type { SimulatorCredentials } from '../../../simulator/wire/request-signature.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { requestFor, uniqueVmId } from '../../fixtures/requests.js';
import { BYSTANDERS } from '../world.js';
import type { CallUnderTest } from './calls-under-test.js';

/** A VM that is rebuilt, alone in a region of its own. */
export interface PairVm {
  readonly call: CallUnderTest;
  readonly cloud: Simulator;
  readonly instanceId: string;
  readonly request: RebuildRequestInput;
  readonly imageAsked: string;
  /** A backup of an earlier rebuild, which is to be deleted where backups are cleaned up. */
  readonly oldBackupId: string;
  handle: WorkflowHandle | null;
}

export const CREDENTIALS: SimulatorCredentials = { accessKey: 'PAIRS', secretKey: 'of-the-matrix' };

/** An operation that has made a backup once. */
const EARLIER = { runId: '01a2b3c4-0000-7000-8000-0123456789ab' };

/** Seconds of a phase that must not end by its deadline. */
const AMPLE_SECONDS = 300;

/**
 * A region for one VM. Its times are a fiftieth of JD Cloud's, save that a rebuild lasts for some looks.
 * @param deadlineSeconds - of the phase of the call under test
 */
export async function startPairVm(scope: Scope, call: CallUnderTest, deadlineSeconds = AMPLE_SECONDS): Promise<PairVm> {
  const { trouble, request, isSameImage, status } = call.story;
  const instanceId = uniqueVmId();
  const regionId = `of-${instanceId}`;
  const oldBackupId = `img-old-${instanceId}`;
  const [up, down] = BYSTANDERS.vms;
  const old = {
    name: backupName({ regionId, instanceId }, EARLIER),
    desc: backupDescription({ regionId, instanceId }, EARLIER),
  };
  const cloud = await startSimulator({
    credentials: CREDENTIALS,
    state: region({
      regionId,
      vms: [vm(instanceId, status), vm(up), vm(down, 'stopped')],
      images: [
        ...[DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, ...BYSTANDERS.images].map((id) => image(id)),
        image(oldBackupId, old),
      ],
    }),
    compress: 50,
    timing: { starting: 20_000, rebuilding: 150_000 },
    assumptions: { callsPerMinute: 0 },
  });
  defer(scope, () => cloud.close());
  // Only the first start is to fail.
  if (trouble !== null) cloud.addFault({ ...trouble, times: 1 });
  if (call.room !== null)
    cloud.addFault({ operation: call.room.operation, skip: call.room.nth - 1, kind: { outcome: 'stuck' } });
  return {
    call,
    cloud,
    instanceId,
    imageAsked: isSameImage ? DEFAULT_IMAGE_ID : OTHER_IMAGE_ID,
    oldBackupId,
    request: requestFor(instanceId, {
      regionId,
      ...(!isSameImage && { imageId: OTHER_IMAGE_ID }),
      ...request,
      deadlines: deadlinesOf(call, deadlineSeconds),
    }),
    handle: null,
  };
}

function deadlinesOf({ deadline }: CallUnderTest, seconds: number) {
  return {
    validatingSeconds: AMPLE_SECONDS,
    stoppingSeconds: AMPLE_SECONDS,
    backingUpSeconds: AMPLE_SECONDS,
    rebuildingSeconds: AMPLE_SECONDS,
    startingSeconds: AMPLE_SECONDS,
    verifyingSeconds: AMPLE_SECONDS,
    ...(deadline !== null && { [deadline]: seconds }),
  };
}

/** Whether the VM is in the transition before its call under test, and a poll has shown it there. */
export function isInRoom({ call: { room }, cloud: { journal, vm }, instanceId }: PairVm): boolean {
  if (room === null) return true;
  const begun = journal
    .changes({ instanceId, by: room.operation })
    .filter(({ to }) => to === PASSING[room.operation])
    .at(room.nth - 1);
  if (begun === undefined || vm(instanceId).task?.name !== room.operation) return false;
  const polls = journal.calls({ operation: 'describeBriefInstances', performed: true });
  return polls.some(({ seq, httpStatus }) => seq > begun.seq && httpStatus === 200);
}

const PASSING = { stopInstance: 'stopping', rebuildInstance: 'rebuilding', startInstance: 'starting' } as const;

/** Calls that wait for their answer, held back by a fault. */
export function heldCalls({ cloud }: PairVm): CallEntry[] {
  return cloud.journal
    .calls()
    .filter(({ fault, httpStatus }) => fault?.startsWith('delay') === true && httpStatus === null);
}
