/** A change of the power state, and the statuses in which it is asked for. */
export interface PowerCall {
  /** Statuses in which there is nothing left to ask for. */
  readonly done: readonly string[];
  /** The status in which JD Cloud takes the call. */
  readonly from: string;
  /** A status that only someone else can have brought about. */
  readonly foreign?: string;
  /** A status in which there would be nothing to ask for, were one look enough: JD Cloud is asked, and says so. */
  readonly doubtful?: string;
}

export const STOP: PowerCall = { done: ['stopped', 'stopping'], from: 'running', foreign: 'rebuilding' };

/**
 * Before a start `rebuilding` may be our own rebuild, whose end was seen too early: the start waits for it. And `running`
 * may be a look at what was before our stop: a start that is refused does no harm, and one that is left out leaves the VM
 * down.
 */
export const START: PowerCall = { done: ['starting'], from: 'stopped', doubtful: 'running' };

/** What is to be done about a VM that was seen so: nothing, the call, or nothing yet (`between` two states). */
export function powerCallFor(
  { done, from, foreign, doubtful }: PowerCall,
  status: string,
): 'nothing' | 'send' | 'error' | 'foreign' | 'between' {
  if (done.includes(status)) return 'nothing';
  if (status === from || status === doubtful) return 'send';
  if (status === 'error') return 'error';
  return status === foreign ? 'foreign' : 'between';
}

/** What the look before this one showed, and what the wait has seen in all. */
export interface PowerLook {
  readonly status: string;
  /** Of the look before; null for none. One look alone may be stale. */
  readonly lastStatus: string | null;
  /** The status between (`stopping`, `starting`) has been seen: no status of before looks like that. */
  readonly sawPassing: boolean;
}

/** What a look means for a wait: `confirm` when a read of its own has to show the same. */
export type PowerVerdict = 'arrived' | 'confirm' | 'go-on' | 'reverted' | 'rebuilt' | 'stopped-by-others';

/** What a look says while the VM stops. */
export function whileStopping({ status, lastStatus, sawPassing }: PowerLook): PowerVerdict {
  const isTwice = status === lastStatus;
  if (isTwice && status === 'rebuilding') return 'rebuilt';
  if (isTwice && status === 'running' && sawPassing) return 'reverted';
  return arrivedAt('stopped', { status, sawPassing });
}

/** What a look says while the VM starts. JD Cloud has taken our start, so our own stop and rebuild are over. */
export function whileStarting({ status, lastStatus, sawPassing }: PowerLook): PowerVerdict {
  const isTwice = status === lastStatus;
  if (isTwice && status === 'rebuilding') return 'rebuilt';
  if (isTwice && status === 'stopping') return 'stopped-by-others';
  if (isTwice && status === 'stopped' && sawPassing) return 'reverted';
  return arrivedAt('running', { status, sawPassing });
}

function arrivedAt(wanted: string, { status, sawPassing }: Omit<PowerLook, 'lastStatus'>): PowerVerdict {
  if (status !== wanted) return 'go-on';
  return sawPassing ? 'arrived' : 'confirm';
}

/** A look at a VM that is to come to rest, whatever is under way. */
export interface RestLook extends Omit<PowerLook, 'sawPassing'> {
  /** Milliseconds for which all looks have shown this very status; null where it is none of rest. */
  readonly restsForMs: number | null;
  /** For so long a change that was asked for may stay invisible. */
  readonly settleMs: number;
  /** No rebuild call of ours can be out: one that is seen is someone else's. */
  readonly rebuildIsForeign: boolean;
}

/** What a look says while the VM comes to rest. */
export function whileComingToRest(look: RestLook): PowerVerdict {
  const { status, lastStatus, restsForMs, settleMs, rebuildIsForeign } = look;
  if (rebuildIsForeign && status === 'rebuilding' && status === lastStatus) return 'rebuilt';
  if (restsForMs === null) return 'go-on';
  if (restsForMs >= settleMs) return 'arrived';
  return status === 'stopped' && rebuildIsForeign ? 'confirm' : 'go-on';
}

/** Whether nothing is under way: JD Cloud leaves a rebuilt VM stopped, and it may come to run by itself. */
export function isAtRest({ status }: { readonly status: string }): boolean {
  return status === 'stopped' || status === 'running';
}
