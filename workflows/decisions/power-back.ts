import { type FailureType, MAY_PASS } from '../../contracts/failures.js';

/** What ends a rebuild before its call. */
export interface BeforeUndo {
  readonly type: FailureType;
  /** A call that changes the VM may be out, or may have been. */
  readonly isTouched: boolean;
}

/** Whether someone else acts on the VM: to give it its old power state would be to fight over it. */
export function isAnothers({ type }: Pick<BeforeUndo, 'type'>): boolean {
  return type === 'ChangedUnderneath';
}

/**
 * Whether nothing was done that would have to be undone. An account is refused before anything is performed; of any other
 * refusal the VM itself has to say so.
 */
export function isNothingDone({ type, isTouched }: BeforeUndo): boolean {
  return !isTouched && MAY_PASS.includes(type);
}
