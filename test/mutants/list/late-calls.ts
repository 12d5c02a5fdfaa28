import type { Mutant } from '../mutant.js';

const DECISIONS = ['test/unit/workflows/decisions/decisions.test.ts'] as const;
const LOOKS = ['test/unit/activities/decisions/after-a-call.test.ts'] as const;
const LOST = ['test/workflows/lost-answers.test.ts'] as const;
const REPORTED = ['test/unit/workflows/failure-of.test.ts'] as const;

/** What the model has found: calls that come late, looks that were behind, and what is told of either. */
export const LATE_CALLS: readonly Mutant[] = [
  {
    name: 'a worker is silent while it looks for a lost call',
    file: 'activities/rebuild/rebuild-activities.ts',
    text: 'await heartbeating(() => reconcileRebuild(deps, target, signal))',
    replacement: 'await reconcileRebuild(deps, target, signal)',
    tests: LOST,
    only: 'the rebuild is cancelled',
    why: 'it is given up before it can be sure, over and over',
  },
  {
    name: 'a stop whose answer was lost is forgotten once another one was taken',
    file: 'workflows/rebuild/settle-power.ts',
    text: 'if (report.callMayBeInFlight === true) run.record.callsInFlight.lost();',
    replacement: '',
    tests: ['test/workflows/outlive-calls.test.ts'],
    only: 'was given its power state back',
    why: 'it comes late and stops the VM after the lock is free',
  },
  {
    name: 'two looks are enough to say that somebody else acts',
    file: 'activities/decisions/power-call.ts',
    text: '  return heldForMs >= settleMs;',
    replacement: '  return heldForMs >= 0 && settleMs >= 0;',
    tests: LOOKS,
    why: 'a rebuild ends as disturbed by reads that were behind',
  },
  {
    name: 'a stopped VM is at rest though a stop may come late',
    file: 'activities/decisions/power-call.ts',
    text: 'rebuildIsForeign && !callMayBeInFlight',
    replacement: 'rebuildIsForeign',
    tests: LOOKS,
    why: 'it is started, and stopped by the late call',
  },
  {
    name: 'a refusal is believed of the call before it',
    file: 'workflows/decisions/claims.ts',
    text: 'return isRefused && callMayBeInFlight !== true',
    replacement: 'return isRefused',
    tests: DECISIONS,
    why: 'the result tells stopped of a VM that is starting',
  },
  {
    name: 'the last look of a wait that ran out of time is told as it was',
    file: 'workflows/decisions/claims.ts',
    text: "  if (isSettled === false) return 'power and image';\n",
    replacement: '',
    tests: DECISIONS,
    why: 'the result tells the former image of an erased VM',
  },
  {
    name: 'the image of a VM that is being rebuilt is told',
    file: 'workflows/decisions/claims.ts',
    text: "unseen !== 'power and image' && observed?.status !== 'rebuilding'",
    replacement: "unseen !== 'power and image'",
    tests: DECISIONS,
    why: 'it has another one when it is over',
  },
  {
    name: 'one look is the reason why a cancelled rebuild is given up',
    file: 'workflows/runtime/failures.ts',
    text: 'if (retryState === RetryState.CANCEL_REQUESTED)',
    replacement: 'if (retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED)',
    tests: REPORTED,
    why: 'the VM stays stopped, as if somebody else had it',
  },
  {
    name: 'one look is the reason why a rebuild that ran out of time is given up',
    file: 'workflows/runtime/failures.ts',
    text: "  'ConcurrentChange',\n  'RebuildNotApplied',\n",
    replacement: '',
    tests: REPORTED,
    why: 'the VM stays stopped, as if somebody else had it',
  },
  {
    name: 'a reset run plans for another disk than it has looked back at',
    file: 'workflows/decisions/power-back.ts',
    text: '  return !isSameDisk(rerun.plan, { imageId, systemDiskId: now.systemDisk?.diskId ?? null });',
    replacement: '  return imageId === null && !isSameDisk(rerun.plan, { imageId, systemDiskId: null });',
    tests: DECISIONS,
    why: 'what somebody has put there by hand is erased',
  },
  {
    name: 'a reset run that finds its own marker sends again',
    file: 'workflows/decisions/power-back.ts',
    text: "return rerun?.state === 'continue' && rerun.plan !== null && lastOperation === marker;",
    replacement: "return rerun?.state === 'from-start' && rerun.plan !== null && lastOperation === marker;",
    tests: DECISIONS,
    why: 'erased twice, where the marker was of before somebody’s rebuild',
  },
  {
    name: 'a rebuild goes on though its call turned out not to have been made',
    file: 'workflows/rebuild/steps.ts',
    text: "if (found.landed === 'no') throw isCancellation(error) ? error : notMade({ type, message, details }, found);",
    replacement: '',
    tests: LOST,
    only: 'is given its power state back, and the result says',
    why: 'the VM stays stopped while a rebuild is waited for that never comes',
  },
  {
    name: 'a cancelled rebuild goes on though its call turned out not to have been made',
    file: 'workflows/rebuild/steps.ts',
    text: "if (found.landed === 'no') throw isCancellation(error) ? error : notMade({ type, message, details }, found);",
    replacement:
      "if (found.landed === 'no' && !isCancellation(error)) throw notMade({ type, message, details }, found);",
    tests: LOST,
    only: 'is given its power state back, and the rebuild is cancelled',
    why: 'the VM stays stopped while a rebuild is waited for that never comes',
  },
];
