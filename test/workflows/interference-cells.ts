import type { FailureType } from '../../contracts/failures.js';
import type { Phase } from '../../contracts/phases.js';
import type { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../../simulator/builders.js';
import type { FaultRule } from '../../simulator/fault-rule.js';
import { FOREIGN_IMAGE_ID, type Lane, type LaneOptions } from '../support/lane.js';

/** What someone else does to a VM in a phase of its rebuild, and what comes of it. docs/interference.md is held equal to it. */
export interface Cell {
  readonly phase: Phase;
  /** What someone does, and when. */
  readonly change: string;
  /** What Reimage does. */
  readonly reaction: string;
  readonly lane?: LaneOptions;
  readonly request?: Partial<RebuildRequestInput>;
  readonly faults?: readonly FaultRule[];
  /** A fault that is set only at some change in the cloud. */
  readonly arm?: { readonly when: (lane: Lane) => boolean; readonly fault: FaultRule };
  /** When it is done: at a change in the cloud, before anybody can look, or once the rebuild has come so far; absent: before it begins. */
  readonly when?: ((progress: RebuildProgress) => boolean) | { readonly cloud: (lane: Lane) => boolean };
  readonly act: (lane: Lane, progress: RebuildProgress) => void;
  /** Whether the rebuild is held then, to be retried. */
  readonly retries?: true;
  /** The failure it ends in; null when it is done. */
  readonly type: FailureType | null;
  /** Types in `failures`, where the end is not all that is told. */
  readonly tells?: readonly FailureType[];
  /** JD Cloud's status at the end; null when the VM is gone. */
  readonly status: string | null;
  /** All changes that Reimage itself asked JD Cloud for. */
  readonly calls: readonly string[];
}

const effective = (operation: string) => (lane: Lane) => lane.cloud.journal.effective(operation) > 0;
/** Not to be asked of a VM that is gone. */
const status = (wanted: string, after?: string) => (lane: Lane) =>
  (after === undefined || effective(after)(lane)) && lane.cloud.vm(lane.instanceId).status === wanted;

const remove = ({ cloud, instanceId }: Lane) => cloud.act.remove(instanceId);
const start = ({ cloud, instanceId }: Lane) => cloud.act.start(instanceId);
const stop = ({ cloud, instanceId }: Lane) => cloud.act.stop(instanceId);
const rebuild = ({ cloud, instanceId }: Lane) => cloud.act.rebuild(instanceId, FOREIGN_IMAGE_ID);
const become = (wanted: string) => (lane: Lane) => lane.cloud.act.setStatus(lane.instanceId, wanted);
const removeImage = ({ cloud }: Lane) => cloud.act.removeImage(OTHER_IMAGE_ID);
const protect = ({ cloud, instanceId }: Lane) =>
  cloud.act.setTags(instanceId, [{ key: 'reimage-protected', value: 'audit' }]);
const removeBackup = ({ cloud }: Lane, { backupImageId }: RebuildProgress) =>
  cloud.act.removeImage(String(backupImageId));

const inPhase = (phase: Phase) => (progress: RebuildProgress) => progress.phase === phase;

/** Passing statuses that last half a second, so that each is seen. */
const SLOW: LaneOptions = { timing: { stopping: 100_000, starting: 100_000, rebuilding: 100_000, deleting: 200 } };
const BACKUP = { backup: 'image' } as const;
/** The image takes longer than anybody waits to act. */
const SLOW_IMAGE: LaneOptions = { timing: { creatingImage: 300_000, deleting: 200 } };
/** The checks before the rebuild call take two seconds. */
const SLOW_CHECKS: FaultRule = { operation: 'describeKeypairs', skip: 1, kind: { delayMs: 2_000, when: 'before' } };
const REFUSED: FaultRule = {
  operation: 'rebuildInstance',
  kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' },
};
const isRefused = ({ cloud }: Lane) => cloud.journal.calls({ operation: 'rebuildInstance' }).length > 0;
const NO_START: FaultRule = { operation: 'startInstance', kind: { outcome: 'reverts' } };
/** Once the start is taken, the next look at the VM is that of the verification. */
const SLOW_VERIFY = {
  when: effective('startInstance'),
  fault: { operation: 'describeInstances', kind: { delayMs: 2_000, when: 'before' } },
} as const;

/** Both looks that it takes to see a stop have been made. */
const sawStopping = (lane: Lane) =>
  status('stopping')(lane) && lane.cloud.journal.calls({ operation: 'describeBriefInstances' }).length > 1;

const THROUGH_CALL = ['stopInstance', 'rebuildInstance'];
const THROUGH_START = [...THROUGH_CALL, 'startInstance'];

export const CELLS: readonly Cell[] = [
  {
    phase: 'validating',
    change: 'deletes the VM before we begin',
    reaction: 'ends as VmNotFound; nothing is touched',
    act: remove,
    type: 'VmNotFound',
    status: null,
    calls: [],
  },
  {
    phase: 'validating',
    change: 'has begun to rebuild it',
    reaction: 'ends as ValidationFailed; nothing is touched',
    act: become('rebuilding'),
    type: 'ValidationFailed',
    status: 'rebuilding',
    calls: [],
  },
  {
    phase: 'validating',
    change: 'has protected it by its tag',
    reaction: 'ends as ValidationFailed, with the reason of the tag; nothing is touched',
    act: protect,
    type: 'ValidationFailed',
    status: 'running',
    calls: [],
  },
  {
    phase: 'stopping',
    change: 'keeps it running, or JD Cloud gives the stop up',
    reaction: 'ends as StopReverted; the disk is untouched',
    lane: { timing: { stopping: 800_000 } },
    when: { cloud: sawStopping },
    act: become('running'),
    type: 'StopReverted',
    status: 'running',
    calls: ['stopInstance'],
  },
  {
    phase: 'stopping',
    change: 'deletes the VM',
    reaction: 'ends as VmDeleted',
    lane: SLOW,
    when: { cloud: status('stopping') },
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: ['stopInstance'],
  },
  {
    phase: 'stopping',
    change: 'rebuilds it as soon as it is stopped',
    reaction: 'ends as ChangedUnderneath; no call of ours follows',
    lane: SLOW,
    when: { cloud: status('stopped') },
    act: rebuild,
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: ['stopInstance'],
  },
  {
    phase: 'stopping',
    change: 'deletes the image asked for',
    reaction: 'ends as ValidationFailed; the old power state comes back',
    lane: SLOW,
    when: { cloud: status('stopping') },
    act: removeImage,
    type: 'ValidationFailed',
    status: 'running',
    calls: ['stopInstance', 'startInstance'],
  },
  {
    phase: 'stopping',
    change: 'protects it by its tag',
    reaction: 'ends as ValidationFailed; the old power state comes back',
    lane: SLOW,
    when: { cloud: status('stopping') },
    act: protect,
    type: 'ValidationFailed',
    status: 'running',
    calls: ['stopInstance', 'startInstance'],
  },
  {
    phase: 'backing-up',
    change: 'starts the VM',
    reaction: 'ends as ChangedUnderneath; no call of ours follows',
    lane: SLOW_IMAGE,
    request: BACKUP,
    when: { cloud: effective('createImage') },
    act: become('running'),
    type: 'ChangedUnderneath',
    status: 'running',
    calls: ['stopInstance', 'createImage'],
  },
  {
    phase: 'backing-up',
    change: 'deletes the VM',
    reaction: 'ends as VmDeleted',
    lane: SLOW_IMAGE,
    request: BACKUP,
    when: { cloud: effective('createImage') },
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: ['stopInstance', 'createImage'],
  },
  {
    phase: 'backing-up',
    change: 'deletes the backup image',
    reaction: 'ends as BackupFailed; no erase, the old power state comes back',
    lane: SLOW_IMAGE,
    request: BACKUP,
    when: ({ backupImageId }) => backupImageId !== null,
    act: removeBackup,
    type: 'BackupFailed',
    status: 'running',
    calls: ['stopInstance', 'createImage', 'startInstance'],
  },
  {
    phase: 'rebuilding',
    change: 'starts the VM before the rebuild call',
    reaction: 'ends as ChangedUnderneath; the call is not made',
    lane: SLOW,
    faults: [SLOW_CHECKS],
    when: inPhase('rebuilding'),
    act: start,
    type: 'ChangedUnderneath',
    status: 'running',
    calls: ['stopInstance'],
  },
  {
    phase: 'rebuilding',
    change: 'rebuilds it onto another image before the rebuild call',
    reaction: 'ends as ChangedUnderneath; the call is not made',
    faults: [SLOW_CHECKS],
    when: inPhase('rebuilding'),
    act: rebuild,
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: ['stopInstance'],
  },
  {
    phase: 'rebuilding',
    change: 'deletes the VM before the rebuild call',
    reaction: 'ends as VmDeleted',
    faults: [SLOW_CHECKS],
    when: inPhase('rebuilding'),
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: ['stopInstance'],
  },
  {
    phase: 'rebuilding',
    change: 'deletes the VM after the rebuild call',
    reaction: 'ends as VmDeleted',
    lane: SLOW,
    when: { cloud: status('rebuilding') },
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: THROUGH_CALL,
  },
  {
    phase: 'rebuilding',
    change: 'starts it as soon as it is back',
    reaction: 'goes on: it runs, as it is to',
    lane: { timing: { ...SLOW.timing, acceptedVisibleAfter: 0 } },
    when: { cloud: status('stopped', 'rebuildInstance') },
    act: start,
    type: null,
    status: 'running',
    calls: THROUGH_CALL,
  },
  {
    phase: 'rebuilding',
    change: 'rebuilds it onto another image as soon as it is back',
    reaction: 'waits for that too, gives the VM its power state, and ends as RebuildNotApplied',
    lane: { timing: { ...SLOW.timing, acceptedVisibleAfter: 0 } },
    when: { cloud: status('stopped', 'rebuildInstance') },
    act: rebuild,
    type: 'RebuildNotApplied',
    status: 'running',
    calls: THROUGH_START,
  },
  {
    phase: 'starting',
    change: 'deletes the VM',
    reaction: 'ends as VmDeleted',
    lane: SLOW,
    when: { cloud: status('starting') },
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: THROUGH_START,
  },
  {
    phase: 'starting',
    change: 'stops it',
    reaction: 'ends as ChangedUnderneath; it is not started again',
    lane: SLOW,
    when: { cloud: status('starting') },
    act: (lane) => {
      become('running')(lane);
      stop(lane);
    },
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: THROUGH_START,
  },
  {
    phase: 'starting',
    change: 'rebuilds it',
    reaction: 'ends as ChangedUnderneath',
    lane: { timing: { ...SLOW.timing, rebuilding: 800_000 } },
    when: { cloud: status('starting') },
    act: (lane) => {
      become('stopped')(lane);
      rebuild(lane);
    },
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: THROUGH_START,
  },
  {
    phase: 'verifying',
    change: 'stops it',
    reaction: 'ends as ChangedUnderneath; it is not started again',
    arm: SLOW_VERIFY,
    when: inPhase('verifying'),
    act: stop,
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: THROUGH_START,
  },
  {
    phase: 'verifying',
    change: 'rebuilds it onto another image',
    reaction: 'ends as ChangedUnderneath',
    arm: SLOW_VERIFY,
    when: inPhase('verifying'),
    act: (lane) => {
      become('stopped')(lane);
      rebuild(lane);
    },
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: THROUGH_START,
  },
  {
    phase: 'verifying',
    change: 'deletes the VM',
    reaction: 'ends as VmDeleted',
    arm: SLOW_VERIFY,
    when: inPhase('verifying'),
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: THROUGH_START,
  },
  {
    phase: 'restoring-power',
    change: 'starts it',
    reaction: 'leaves it running, as it was, and ends with the failure that was there',
    lane: SLOW,
    faults: [REFUSED],
    when: { cloud: isRefused },
    act: start,
    type: 'JdCloudRefused',
    status: 'running',
    calls: ['stopInstance'],
  },
  {
    phase: 'restoring-power',
    change: 'rebuilds it',
    reaction: 'ends as ChangedUnderneath; it is not started',
    lane: { timing: { rebuilding: 800_000, acceptedVisibleAfter: 0 } },
    faults: [REFUSED],
    when: { cloud: isRefused },
    act: rebuild,
    type: 'ChangedUnderneath',
    status: 'stopped',
    calls: ['stopInstance'],
  },
  {
    phase: 'restoring-power',
    change: 'deletes the VM',
    reaction: 'ends as VmDeleted; the message tells both stories',
    lane: SLOW,
    faults: [REFUSED],
    when: { cloud: isRefused },
    act: remove,
    type: 'VmDeleted',
    status: null,
    calls: ['stopInstance'],
  },
  {
    phase: 'held',
    change: 'starts it, before the decision to retry',
    reaction: 'goes on: it runs, as it is to',
    lane: SLOW,
    request: { onFailure: 'hold' },
    faults: [NO_START],
    when: inPhase('held'),
    act: start,
    retries: true,
    type: null,
    tells: ['StartRefused'],
    status: 'running',
    calls: THROUGH_START,
  },
  {
    phase: 'held',
    change: 'deletes the VM, before the decision to retry',
    reaction: 'ends as VmDeleted',
    lane: SLOW,
    request: { onFailure: 'hold' },
    faults: [NO_START],
    when: inPhase('held'),
    act: remove,
    retries: true,
    type: 'VmDeleted',
    tells: ['StartRefused', 'VmDeleted'],
    status: null,
    calls: THROUGH_START,
  },
  {
    phase: 'rolling-back',
    change: 'rebuilds it onto another image before our call',
    reaction: 'ends as RollbackFailed, for ChangedUnderneath; our call is not made',
    lane: SLOW,
    request: { onFailure: 'rollback' },
    faults: [NO_START, { ...SLOW_CHECKS, skip: 2 }],
    when: inPhase('rolling-back'),
    act: rebuild,
    type: 'RollbackFailed',
    tells: ['StartRefused', 'ChangedUnderneath'],
    status: 'stopped',
    calls: THROUGH_START,
  },
  {
    phase: 'rolling-back',
    change: 'deletes the VM',
    reaction: 'ends as RollbackFailed, for VmDeleted',
    lane: SLOW,
    request: { onFailure: 'rollback' },
    faults: [NO_START],
    when: inPhase('rolling-back'),
    act: remove,
    type: 'RollbackFailed',
    tells: ['StartRefused', 'VmDeleted'],
    status: null,
    calls: THROUGH_START,
  },
];
