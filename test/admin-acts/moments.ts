import type { Phase } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import type { CallEntry } from '../../simulator/model/journal.js';
import type { MomentName } from './phases.js';

/** A rebuild as it is seen while it is waited for. */
export interface Sight {
  readonly phase: Phase;
  /** Type of the activity that a worker has in hand; null for none. */
  readonly activity: string | null;
  /** JD Cloud's status of the VM. */
  readonly status: string;
  /** Calls since it began, of an operation. */
  readonly calls: (operation: string) => readonly CallEntry[];
}

/** How a rebuild is brought into a phase, and kept there until somebody has acted. */
export interface Moment {
  readonly request?: Partial<RebuildRequestInput>;
  readonly faults?: readonly FaultRule[];
  /** A fault that is set once a call has taken effect. */
  readonly arm?: { readonly after: string; readonly fault: FaultRule };
  /** Whether the service on the VM is sick from the moment on that it is started anew, until somebody has acted. */
  readonly isSick?: true;
  /** Whether it is there. Absent: once it has ended. */
  readonly isThere?: (sight: Sight) => boolean;
  /** The operation whose call is held back for a while: when it is not any more, the phase is over. */
  readonly heldBack?: string;
}

/** Longer than it takes to see that the phase is there and to act, sooner than the client gives the call up. */
const HELD_BACK_MS = 3_000;

const stuck = (operation: string, skip = 0): FaultRule => ({ operation, skip, kind: { outcome: 'stuck' } });
const late = (operation: string, when: 'before' | 'after' = 'before'): FaultRule => ({
  operation,
  kind: { delayMs: HELD_BACK_MS, when },
});
const NO_START: FaultRule = { operation: 'startInstance', kind: { outcome: 'reverts' } };
const REFUSED: FaultRule = {
  operation: 'rebuildInstance',
  kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' },
};

/** A call that is not answered yet. */
export const isOut = ({ httpStatus }: CallEntry) => httpStatus === null;
const isTaken = ({ httpStatus }: CallEntry) => httpStatus === 200;

/** Our call is answered, the VM is on its way, and a worker waits for it. */
const passing =
  (phase: Phase, operation: string, status: string, nth = 1) =>
  (sight: Sight) =>
    sight.phase === phase &&
    sight.status === status &&
    sight.activity?.startsWith('waitUntil') === true &&
    sight.calls(operation).filter(isTaken).length === nth;

export const MOMENT: Readonly<Record<MomentName, Moment>> = {
  validating: {
    faults: [late('describeImages')],
    heldBack: 'describeImages',
    isThere: ({ calls }) => calls('describeImages').some(isOut),
  },
  stopping: { faults: [stuck('stopInstance')], isThere: passing('stopping', 'stopInstance', 'stopping') },
  'backing-up': { faults: [stuck('createImage')], isThere: passing('backing-up', 'createImage', 'stopped') },
  'call out': {
    faults: [late('rebuildInstance', 'after')],
    heldBack: 'rebuildInstance',
    isThere: ({ calls }) => calls('rebuildInstance').some((call) => call.performed && isOut(call)),
  },
  rebuilding: {
    faults: [stuck('rebuildInstance')],
    isThere: passing('rebuilding', 'rebuildInstance', 'rebuilding'),
  },
  starting: { faults: [stuck('startInstance')], isThere: passing('starting', 'startInstance', 'starting') },
  verifying: {
    // Nothing else reads the metadata after the start.
    arm: { after: 'startInstance', fault: late('describeInstancesCustomData') },
    heldBack: 'describeInstancesCustomData',
    isThere: ({ phase, calls }) => phase === 'verifying' && calls('describeInstancesCustomData').some(isOut),
  },
  health: { isSick: true, isThere: ({ activity }) => activity === 'checkHealth' },
  held: {
    request: { onFailure: 'hold' },
    faults: [NO_START],
    isThere: ({ phase }) => phase === 'held',
  },
  'rollback, before': {
    request: { onFailure: 'rollback' },
    faults: [NO_START],
    arm: { after: 'startInstance', fault: late('describeImages') },
    heldBack: 'describeImages',
    isThere: ({ phase, calls }) => phase === 'rolling-back' && calls('describeImages').some(isOut),
  },
  'rollback, after': {
    request: { onFailure: 'rollback' },
    faults: [NO_START, stuck('rebuildInstance', 1)],
    isThere: passing('rolling-back', 'rebuildInstance', 'rebuilding', 2),
  },
  restoring: {
    faults: [REFUSED, stuck('startInstance')],
    isThere: passing('restoring-power', 'startInstance', 'starting'),
  },
  done: {},
  failed: { faults: [REFUSED] },
};
