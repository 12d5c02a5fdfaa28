import type { FailureType } from './failures.js';
import type { Misfit } from './rebuild-plan.js';

/** Misfits that have a failure type of their own, when they are all that speaks against a rebuild. */
const OWN_TYPE: Partial<Record<Misfit['code'], FailureType>> = {
  'instance-charge': 'ChargeOverdue',
  'image-deleted': 'ImageDeleted',
  'backup-quota': 'QuotaExceeded',
};

/**
 * The failure type of a rebuild that was refused for these misfits. A freeze goes before all else, and then a window
 * that is over: they say nothing of the VM, which is judged anew another time.
 */
export function misfitFailureType(misfits: readonly Misfit[]): FailureType {
  if (misfits.some(({ code }) => code === 'frozen')) return 'Frozen';
  if (misfits.some(({ code }) => code === 'window-closed')) return 'WindowClosed';
  const [first, ...others] = misfits;
  if (first === undefined || others.some(({ code }) => code !== first.code)) return 'ValidationFailed';
  return OWN_TYPE[first.code] ?? 'ValidationFailed';
}
