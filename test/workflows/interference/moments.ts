import type { Phase } from '../../../contracts/phases.js';
import type { RebuildProgress } from '../../../contracts/rebuild-progress.js';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import { FOREIGN_IMAGE_ID, type Lane, type LaneOptions } from '../../support/lane.js';

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
export const removeBackup = ({ cloud }: Lane, { backupImageId }: RebuildProgress) =>
  cloud.act.removeImage(String(backupImageId));

export const inPhase = (phase: Phase) => (progress: RebuildProgress) => progress.phase === phase;

/** Passing statuses that last half a second, so that each is seen. */
export const SLOW: LaneOptions = {
  timing: { stopping: 100_000, starting: 100_000, rebuilding: 100_000, deleting: 200 },
};
/** A start lasts two seconds, so that it is seen also on a busy machine. */
export const SLOW_START: LaneOptions = { timing: { ...SLOW.timing, starting: 400_000 } };
export const BACKUP = { backup: 'image' } as const;
/** The image takes longer than anybody waits to act. */
export const SLOW_IMAGE: LaneOptions = { timing: { creatingImage: 300_000, deleting: 200 } };
/** The checks before the rebuild call take two seconds. */
export const SLOW_CHECKS: FaultRule = {
  operation: 'describeKeypairs',
  skip: 1,
  kind: { delayMs: 2_000, when: 'before' },
};
export const REFUSED: FaultRule = {
  operation: 'rebuildInstance',
  kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' },
};
export const isRefused = ({ cloud }: Lane) => cloud.journal.calls({ operation: 'rebuildInstance' }).length > 0;
export const NO_START: FaultRule = { operation: 'startInstance', kind: { outcome: 'reverts' } };
/** Once the start is taken, the next read of the VM is that of the verification, where the VM was seen `starting`: see {@link SLOW_START}. */
export const SLOW_VERIFY = {
  when: effective('startInstance'),
  fault: { operation: 'describeInstances', kind: { delayMs: 2_000, when: 'before' } },
} as const;

/** Both looks that it takes to see a stop have been made. */
export const sawStopping = (lane: Lane) =>
  status('stopping')(lane) && lane.cloud.journal.calls({ operation: 'describeBriefInstances' }).length > 1;

export const THROUGH_CALL = ['stopInstance', 'rebuildInstance'];
export const THROUGH_START = [...THROUGH_CALL, 'startInstance'];
