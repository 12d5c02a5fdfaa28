/** Where a rebuild is when an administrator acts on it. The table's columns, in order. */
export const MOMENTS = [
  'validating',
  'stopping',
  'backing-up',
  'call out',
  'rebuilding',
  'starting',
  'verifying',
  'health',
  'held',
  'rollback, before',
  'rollback, after',
  'restoring',
  'done',
  'failed',
] as const;

export type MomentName = (typeof MOMENTS)[number];

/** What the columns mean, for people. */
export const MOMENT_MEANINGS: Readonly<Record<MomentName, string>> = {
  validating: 'it finds out whether everything fits',
  stopping: 'the VM is on its way down',
  'backing-up': 'its image is being made',
  'call out': 'the rebuild call has landed, and is not answered yet',
  rebuilding: 'JD Cloud rebuilds the VM',
  starting: 'the VM is on its way up',
  verifying: 'it is held against what was promised',
  health: 'a health check is under way',
  held: 'it waits for a decision',
  'rollback, before': 'it is being put back, and the call that does it is not sent yet',
  'rollback, after': 'JD Cloud puts it back',
  restoring: 'nothing was erased, and the VM gets its power back',
  done: 'it has ended as done',
  failed: 'it has ended as failed, with nothing erased and the VM as it was',
};

/** What comes of an act. */
export const WORDS = {
  done: 'carried through: the disk erased once in all, the image asked for, the power state promised',
  'done, too late': 'the same; the result says that the cancellation came too late',
  'put back': 'the rollback is carried through: the disk erased once for each of the two',
  held: 'it waits for a decision as before',
  restored: 'it fails; nothing was erased, and the VM has its old power state',
  cancelled: 'it is cancelled; nothing was erased, and the VM has its old power state',
  refused: 'the run says why it may not, fails, and asks nothing of the VM',
  finished: 'the same, once it has brought the VM to rest in the power state that it was to have',
  left: 'it ends; the VM is left in what it is, and the result says in what',
  none: 'there is nothing there to act on',
} as const;

export type Word = keyof typeof WORDS;
