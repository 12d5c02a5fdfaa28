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

/** A look at a VM that is to change its power state, and what the wait has seen before it. */
export interface PowerRead {
  readonly status: string;
  /** Milliseconds for which all looks have shown this very status. */
  readonly heldForMs: number;
  /** For so long a read may show what was before, and a change that was asked for may stay invisible. */
  readonly settleMs: number;
  /** The status between (`stopping`, `starting`) has been seen: no status of before looks like that. */
  readonly sawPassing: boolean;
}

/** What a look means for a wait: `confirm` when a read of its own has to show the same. */
export type PowerVerdict = 'arrived' | 'confirm' | 'go-on' | 'reverted' | 'rebuilt' | 'stopped-by-others';

/** What a look says while the VM stops. Only what has held for a settle time is told of others: it may be what was before. */
export function whileStopping(look: PowerRead): PowerVerdict {
  const { status, sawPassing } = look;
  if (status === 'rebuilding' && hasHeld(look)) return 'rebuilt';
  if (status === 'running' && sawPassing && hasHeld(look)) return 'reverted';
  return arrivedAt('stopped', look);
}

/**
 * What a look says while the VM starts. JD Cloud has taken our start, so our own stop and rebuild are over; a look may show
 * them still.
 */
export function whileStarting(look: PowerRead): PowerVerdict {
  const { status, sawPassing } = look;
  if (status === 'rebuilding' && hasHeld(look)) return 'rebuilt';
  if (status === 'stopping' && hasHeld(look)) return 'stopped-by-others';
  if (status === 'stopped' && sawPassing && hasHeld(look)) return 'reverted';
  return arrivedAt('running', look);
}

function hasHeld({ heldForMs, settleMs }: Pick<PowerRead, 'heldForMs' | 'settleMs'>): boolean {
  return heldForMs >= settleMs;
}

function arrivedAt(wanted: string, { status, sawPassing }: Pick<PowerRead, 'status' | 'sawPassing'>): PowerVerdict {
  if (status !== wanted) return 'go-on';
  return sawPassing ? 'arrived' : 'confirm';
}

/** A look at a VM that is to come to rest, whatever is under way. */
export interface RestRead extends Omit<PowerRead, 'sawPassing'> {
  /** No rebuild call of ours can be out: one that is seen is someone else's. */
  readonly rebuildIsForeign: boolean;
  /** A stop or start may be on its way, its answer lost. */
  readonly callMayBeInFlight: boolean;
}

/** What a look says while the VM comes to rest. */
export function whileComingToRest(look: RestRead): PowerVerdict {
  const { status, rebuildIsForeign, callMayBeInFlight } = look;
  if (rebuildIsForeign && status === 'rebuilding' && hasHeld(look)) return 'rebuilt';
  if (!isAtRest(look)) return 'go-on';
  if (hasHeld(look)) return 'arrived';
  return status === 'stopped' && rebuildIsForeign && !callMayBeInFlight ? 'confirm' : 'go-on';
}

/** Whether nothing is under way: JD Cloud leaves a rebuilt VM stopped, and it may come to run by itself. */
export function isAtRest({ status }: { readonly status: string }): boolean {
  return status === 'stopped' || status === 'running';
}
