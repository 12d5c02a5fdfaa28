import { type Call, type Next, type Scenario, spend, type State, type Vm, withItem, imageAsked } from './state.js';

/** A read of the VM: what it shows, and the state after it. A stale one shows what was before. */
export interface Read {
  readonly shown: Vm;
  readonly state: State;
  readonly isFresh: boolean;
}

/** All that a read may show. */
export function reads(state: State): Read[] {
  const stale = spend(state, 'staleReads');
  const fresh: Read = { shown: state.vm, state, isFresh: true };
  if (stale === null) return [fresh];
  const others = state.past.filter((vm) => !isSame(vm, state.vm));
  return [fresh, ...others.map((shown) => ({ shown, state: stale, isFresh: false }))];
}

/** All that a read of the VM and one of its metadata, side by side, may show. */
export function readsWithMarker(state: State): (Read & { readonly marker: string | null })[] {
  return reads(state).flatMap((read) => {
    const markers = reads(read.state).map(({ shown, state: after }) => ({ marker: shown.marker, after }));
    const distinct = markers.filter(({ marker }, at) => markers.findIndex((other) => other.marker === marker) === at);
    return distinct.map(({ marker, after }) => ({ ...read, state: after, marker }));
  });
}

function isSame(one: Vm, other: Vm): boolean {
  return (
    one.status === other.status && one.image === other.image && one.disk === other.disk && one.marker === other.marker
  );
}

const AT_REST: readonly string[] = ['running', 'stopped', 'error', 'deleted'];

/** The VM changes, by the doing of a run; -1 for somebody else. */
export function change(state: State, by: number, to: Partial<Vm>): State {
  const status = to.status ?? state.vm.status;
  const isOurs = by === state.runs.length - 1;
  const era = state.vm.era + (isOurs ? 0 : 1);
  const vm: Vm = { ...state.vm, ...to, by: AT_REST.includes(status) ? null : by, era };
  return { ...state, vm, past: [state.vm, ...state.past].slice(0, 2) };
}

export const SETTLE_MS = 60_000;

/** Nothing is on its way any more, and what reads show is what is: what a settle time is waited for. */
export function settles(scenario: Scenario, state: State): State | null {
  const isOut = state.wire.length > 0 && !scenario.windows.includes('late-call');
  // From the server's word to the wire it takes no settle time.
  const isGoingOut = state.attempts.some(({ at, isStalled }) => at === 'confirmed' && !isStalled);
  if (isOut || isGoingOut) return null;
  if (scenario.windows.includes('stale-for-long')) return state;
  return state.past.length === 0 ? state : { ...state, past: [] };
}

/** The end of what is under way. */
export function finish(state: State): Next[] {
  const { status, next } = state.vm;
  const by = state.vm.by ?? -1;
  const shown = next === null ? {} : { image: next.image, marker: next.marker, disk: state.vm.disk + 1, next: null };
  if (status === 'stopping') return [{ what: 'the VM is stopped', state: change(state, by, { status: 'stopped' }) }];
  if (status === 'starting') return [{ what: 'the VM runs', state: change(state, by, { status: 'running' }) }];
  if (status !== 'rebuilding') return [];
  return [{ what: 'the VM is rebuilt', state: change(state, by, { status: 'stopped', ...shown }) }];
}

const TAKEN_IN: Record<Call['kind'], string> = { rebuild: 'stopped', stop: 'running', start: 'stopped' };

/** JD Cloud performs a call, or refuses it for the VM's status; null where it refuses. */
function perform(scenario: Scenario, state: State, call: Call): State | null {
  if (state.vm.status !== TAKEN_IN[call.kind]) return null;
  if (call.kind === 'stop') return change(state, call.run, { status: 'stopping' });
  if (call.kind === 'start') return change(state, call.run, { status: 'starting' });
  const operation = state.runs[call.run]?.operation ?? '';
  const to = { image: imageAsked(scenario), marker: scenario.markerUsable ? operation : state.vm.marker };
  const erased = { ...state.erased, [operation]: (state.erased[operation] ?? 0) + 1 };
  return { ...rebuildOnto(scenario, state, call.run, to), erased };
}

/** A rebuild begins. */
export function rebuildOnto(scenario: Scenario, state: State, by: number, to: NonNullable<Vm['next']>): State {
  if (scenario.shows === 'at-end') return change(state, by, { status: 'rebuilding', next: to });
  return change(state, by, { status: 'rebuilding', ...to, disk: state.vm.disk + 1 });
}

const NOTHING = 'comes to nothing';

/** Of a rebuild call that meets the rebuild of somebody else nobody can tell that it was not performed. */
export function isExcused({ windows }: Scenario, { isForeign }: State, { kind }: Call): boolean {
  return isForeign && kind === 'rebuild' && !windows.includes('foreign-rebuild');
}

/** What the sender of a call comes to know of its end. */
export type Answer = 'done' | 'refused' | 'lost';

/** All that may become of a call on the wire. */
export function deliveries(
  scenario: Scenario,
  state: State,
  answered: (state: State, call: Call, answer: Answer) => State[],
): Next[] {
  return state.wire.flatMap((call, index) => {
    const rest: State = { ...state, wire: state.wire.filter((_, at) => at !== index) };
    const performed = perform(scenario, rest, call);
    const name = `${call.kind} of run ${call.run + 1}`;
    const after = (what: string, next: State, answer: Answer): Next[] =>
      call.awaited
        ? answered(next, call, answer).map((done) => ({ what: `${name} ${what}, answer ${answer}`, state: done }))
        : answer === 'lost' && (what === NOTHING || !isExcused(scenario, state, call))
          ? [{ what: `${name} ${what}, long after it was sent`, state: next }]
          : [];
    const ends =
      performed === null
        ? [...after('is refused', rest, 'refused'), ...after(NOTHING, rest, 'lost')]
        : [
            ...after('takes effect', performed, 'done'),
            ...after('takes effect', performed, 'lost'),
            ...after(NOTHING, rest, 'lost'),
          ];
    const orphan: State = { ...state, wire: withItem(state.wire, index, { awaited: false }) };
    const givenUp = call.awaited
      ? answered(orphan, call, 'lost').map((done) => ({ what: `${name} is given up by its sender`, state: done }))
      : [];
    return [...ends, ...givenUp];
  });
}

/** A rebuild call of ours is on the wire, or stands on what has been read already. */
function mayRebuildBeOut({ wire, attempts }: State): boolean {
  const isComing = attempts.some(({ kind, at }) => kind === 'rebuild' && PAST_THE_LOOK.includes(at));
  return isComing || wire.some(({ kind }) => kind === 'rebuild');
}

const PAST_THE_LOOK: readonly string[] = ['ready', 'confirmed', 'sent'];

/** What somebody else may do to the VM. */
export function foreignActs(scenario: Scenario, state: State): Next[] {
  const after = spend(state, 'foreignActs');
  if (after === null) return [];
  const { status, marker } = state.vm;
  const acts: Next[] = [
    { what: 'somebody deletes the VM', state: change(after, -1, { status: 'deleted', next: null }) },
  ];
  if (status === 'running')
    acts.push({ what: 'somebody stops the VM', state: change(after, -1, { status: 'stopping' }) });
  if (status === 'stopped') {
    acts.push({ what: 'somebody starts the VM', state: change(after, -1, { status: 'starting' }) });
    const isOut = mayRebuildBeOut(state) && !scenario.windows.includes('foreign-rebuild');
    for (const to of isOut
      ? []
      : [
          { image: 'C', marker },
          { image: imageAsked(scenario), marker: null },
        ])
      acts.push({
        what: `somebody rebuilds the VM onto ${to.image}${to.marker === null ? '' : ', its metadata kept'}`,
        state: { ...rebuildOnto(scenario, after, -1, to), isForeign: true },
      });
  }
  return acts;
}
