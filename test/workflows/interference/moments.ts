import type { Phase, RebuildProgress } from '../../../contracts/rebuild-progress.js';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import { FOREIGN_IMAGE_ID, type Lane, type LaneOptions } from '../../fixtures/lane.js';

export const effective = (operation: string) => (lane: Lane) => lane.cloud.journal.effective(operation) > 0;
/** Not to be asked of a VM that is gone. */
export const status = (wanted: string, after?: string) => (lane: Lane) =>
  (after === undefined || effective(after)(lane)) && lane.cloud.vm(lane.instanceId).status === wanted;

export const remove = ({ cloud, instanceId }: Lane) => cloud.act.remove(instanceId);
export const start = ({ cloud, instanceId }: Lane) => cloud.act.start(instanceId);
export const stop = ({ cloud, instanceId }: Lane) => cloud.act.stop(instanceId);
export const rebuild = ({ cloud, instanceId }: Lane) => cloud.act.rebuild(instanceId, FOREIGN_IMAGE_ID);
export const become = (wanted: string) => (lane: Lane) => lane.cloud.act.setStatus(lane.instanceId, wanted);
export const removeImage = ({ cloud }: Lane) => cloud.act.removeImage(OTHER_IMAGE_ID);
export const protect = ({ cloud, instanceId }: Lane) =>
  cloud.act.setTags(instanceId, [{ key: 'reimage-protected', value: 'audit' }]);
/** Its making, which is stuck, comes to its end with it. */
export const removeBackup = ({ cloud, instanceId }: Lane, { backupImageId }: RebuildProgress) => {
  cloud.act.removeImage(String(backupImageId));
  cloud.act.release(instanceId);
};

export const inPhase = (phase: Phase) => (progress: RebuildProgress) => progress.phase === phase;

/** Passing statuses that last half a second, so that each is seen. */
export const SLOW: LaneOptions = {
  timing: { stopping: 100_000, starting: 100_000, rebuilding: 100_000, deleting: 200 },
};
export const BACKUP = { backup: 'image' } as const;
/** The image takes longer than anybody waits to act. */
export const SLOW_IMAGE: LaneOptions = { timing: { creatingImage: 300_000, deleting: 200 } };
/** The checks before a rebuild call take a second. */
const SLOW_CHECKS: FaultRule = { operation: 'describeKeypairs', kind: { delayMs: 1_000, when: 'before' } };
/** The checks before the first rebuild call, which are those after the ones of the validation, or before the second one. */
export const beforeCall = (nth: 1 | 2) => ({
  faults: [{ ...SLOW_CHECKS, skip: nth }],
  when: { cloud: ({ cloud }: Lane) => cloud.journal.calls({ operation: 'describeKeypairs' }).length > nth },
});
export const REFUSED: FaultRule = {
  operation: 'rebuildInstance',
  kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' },
};
export const isRefused = ({ cloud }: Lane) => cloud.journal.calls({ operation: 'rebuildInstance' }).length > 0;
export const NO_START: FaultRule = { operation: 'startInstance', kind: { outcome: 'reverts' } };
/** Whether polls have seen the VM in this status, as often as it takes. */
export const saw = (wanted: string, by: string) => (lane: Lane) => {
  const { journal } = lane.cloud;
  const [asked] = journal.calls({ operation: by, performed: true });
  const looks = journal
    .calls({ operation: 'describeBriefInstances' })
    .filter(({ seq }) => seq > (asked?.seq ?? Infinity));
  return status(wanted)(lane) && looks.filter(({ httpStatus }) => httpStatus === 200).length > 1;
};
/** Once the start is taken, the next read of the VM is that of the verification, where polls have seen the VM `starting`. */
export const VERIFYING = {
  faults: [{ operation: 'startInstance', kind: { outcome: 'stuck' } }],
  startsOnce: saw('starting', 'startInstance'),
  arm: {
    when: effective('startInstance'),
    fault: { operation: 'describeInstances', kind: { delayMs: 1_000, when: 'before' } },
  },
  when: {
    cloud: (lane: Lane) => {
      const reads = lane.cloud.journal.calls({ operation: 'describeInstances' });
      return effective('startInstance')(lane) && reads.some(({ httpStatus }) => httpStatus === null);
    },
  },
} as const;

export const THROUGH_CALL = ['stopInstance', 'rebuildInstance'];
export const THROUGH_START = [...THROUGH_CALL, 'startInstance'];
