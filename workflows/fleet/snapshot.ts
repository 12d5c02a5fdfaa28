import { type AuditEntry, otherContent } from '../../contracts/fleet/fleet-control.js';
import type { FleetCarried, FleetInput } from '../../contracts/fleet/fleet-input.js';
import { columnOf, textAt } from '../../contracts/fleet/fleet-members.js';
import { type LeftOut, MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import { jsonBytes, MOST_PAYLOAD_BYTES } from '../../contracts/payload-size.js';
import type { Gate } from './blockers.js';
import { type FleetMembers, IN_FLIGHT, type Member, type MemberChange } from './members.js';

/** What is either so or not so of a member: a bit each. Never reordered: it stands in histories. */
const FLAGS = ['isDown', 'isBorne', 'isMoved', 'isBaked'] as const;
const BACK = 2 ** FLAGS.length;
const FOUND_RUNNING = 2 * BACK;
const FOUND_STOPPED = 4 * BACK;

type CarriedMembers = Pick<
  FleetCarried,
  | 'states'
  | 'flags'
  | 'attempts'
  | 'startedAfter'
  | 'finishedAfter'
  | 'failures'
  | 'backups'
  | 'imagesFound'
  | 'lastOperations'
  | 'notes'
  | 'underWay'
>;

/** All members in columns of small numbers, so that ten thousand fit into the input of the next run. */
export function snapshotMembers({ all }: FleetMembers, startedAt: number): CarriedMembers {
  const secondsAfter = (moment: number | null) => (moment === null ? -1 : Math.round((moment - startedAt) / 1000));
  return {
    states: all.map(({ state }) => MEMBER_STATES.indexOf(state)),
    flags: all.map(flagsOf),
    attempts: all.map(({ attempts }) => attempts),
    startedAfter: all.map((member) => secondsAfter(member.startedAt)),
    finishedAfter: all.map((member) => secondsAfter(member.finishedAt)),
    failures: columnOf(all.map(({ failure }) => failure)),
    backups: columnOf(all.map(({ backupImageId }) => backupImageId)),
    imagesFound: columnOf(all.map(({ imageFound }) => imageFound)),
    lastOperations: columnOf(all.map(({ lastOperation }) => lastOperation)),
    notes: notesOf(all),
    ...underWayOf(all),
  };
}

/** Absent where none is. */
function underWayOf(all: readonly Member[]): Pick<CarriedMembers, 'underWay'> {
  const underWay = all.flatMap(({ at, state, runId }) =>
    IN_FLIGHT.includes(state) && runId !== null ? [{ at, runId }] : [],
  );
  return underWay.length === 0 ? {} : { underWay };
}

/** What a fleet begins with. */
export function initialState(
  { limits }: FleetInput,
  now: number,
): Pick<FleetCarried, 'startedAt' | 'acts' | 'limits' | 'wave' | 'gatePassed' | 'pause' | 'goal' | 'ending'> {
  return {
    startedAt: new Date(now).toISOString(),
    acts: [],
    limits,
    wave: 0,
    gatePassed: -1,
    pause: null,
    goal: 'forward',
    ending: null,
  };
}

/** The gate that the run before has waited at. */
export function gateOf(carried: FleetCarried | undefined): Gate | null {
  const gate = carried?.gate;
  return gate === undefined ? null : { name: gate.name, deadline: Date.parse(gate.deadline) };
}

/** Gives members back what {@link snapshotMembers} has kept. */
export function restoreMembers(members: FleetMembers, carried: FleetCarried): void {
  const startedAt = Date.parse(carried.startedAt);
  const moment = (seconds: number | undefined) =>
    seconds === undefined || seconds < 0 ? null : startedAt + seconds * 1000;
  for (const { at } of members.all) {
    members.change(at, {
      state: MEMBER_STATES[carried.states[at] ?? 0] ?? 'waiting',
      ...readFlags(carried.flags[at] ?? 0),
      attempts: carried.attempts[at] ?? 0,
      startedAt: moment(carried.startedAfter[at]),
      finishedAt: moment(carried.finishedAfter[at]),
      failure: textAt(carried.failures, at),
      backupImageId: textAt(carried.backups, at),
      imageFound: textAt(carried.imagesFound, at),
      lastOperation: textAt(carried.lastOperations, at),
    });
  }
  for (const { at, runId } of carried.underWay ?? []) members.change(at, { runId });
  for (const { at, note } of carried.notes) members.change(at, { note });
}

function flagsOf(member: Member): number {
  const bits = FLAGS.reduce((sum, flag, index) => sum + (member[flag] ? 2 ** index : 0), 0);
  const found = member.powerFound === null ? 0 : member.powerFound === 'running' ? FOUND_RUNNING : FOUND_STOPPED;
  return bits + (member.goal === 'back' ? BACK : 0) + found;
}

function readFlags(bits: number): MemberChange {
  const isSet = (bit: number) => Math.floor(bits / bit) % 2 === 1;
  const flags = Object.fromEntries(FLAGS.map((flag, index) => [flag, isSet(2 ** index)]));
  const powerFound = isSet(FOUND_RUNNING) ? 'running' : isSet(FOUND_STOPPED) ? 'stopped' : null;
  return { ...flags, goal: isSet(BACK) ? 'back' : 'forward', powerFound };
}

/** What there is to say of members in words: of those that went well last. */
function notesOf(all: readonly Member[]): FleetCarried['notes'] {
  return all
    .filter(({ note }) => note !== null)
    .toSorted((a, b) => Number(a.state === 'done') - Number(b.state === 'done'))
    .map(({ at, note }) => ({ at, note: note ?? '' }));
}

/** Updates whose answers are kept, and longest id of one that is. */
const MOST_ANSWERS = 100;
const LONGEST_ID = 200;

/**
 * What updates were answered, by their ids. Temporal itself knows the ids of one run only: with these an act that is
 * sent once more after the fleet has continued as new is still the same act.
 */
export class UpdateDeduplicator {
  readonly #acts = new Map<string, AuditEntry>();
  #given = 0;

  /** @param acts - what `carried` refers to by place */
  constructor(acts: readonly AuditEntry[], carried: FleetCarried['answered'] = []) {
    for (const { id, act } of carried) {
      const done = acts[act];
      if (done !== undefined) this.#acts.set(id, done);
    }
  }

  /** What the update was answered; null for one that was not done. */
  of(id: string | undefined): AuditEntry | null {
    return (id === undefined ? undefined : this.#acts.get(id)) ?? null;
  }

  /** What an act says otherwise than one before it that bears the same request id; null where there is none such. */
  whatDiffers(id: string | undefined): string[] | null {
    if (id === undefined) return null;
    for (const known of this.#acts.keys()) {
      const fields = otherContent(known, id);
      if (fields !== null) return fields;
    }
    return null;
  }

  /** Updates that this run has answered for the first time. */
  get given(): number {
    return this.#given;
  }

  keep(id: string | undefined, act: AuditEntry): void {
    this.#given += 1;
    if (id === undefined || id.length > LONGEST_ID) return;
    this.#acts.set(id, act);
    const [oldest] = this.#acts.keys();
    if (this.#acts.size > MOST_ANSWERS && oldest !== undefined) this.#acts.delete(oldest);
  }

  /** The answers by their place among the acts that are carried. */
  carried(acts: readonly AuditEntry[]): NonNullable<FleetCarried['answered']> {
    const places = new Map(acts.map((act, at) => [act, at]));
    return [...this.#acts].flatMap(([id, done]) => {
      const act = places.get(done);
      return act === undefined ? [] : [{ id, act }];
    });
  }
}

/** The last acts, which are carried whole; of those before them the reason is cut where not all fit. */
const WHOLE_ENTRIES = 20;
const SHORT_REASON = 60;

/** Bytes of a comma, and of the names and numbers that tell what was left out. */
const COMMA = 1;
const OF_LEFT_OUT = 100;

type Parts = Pick<FleetCarried, 'notes' | 'acts'> & { readonly answered: NonNullable<FleetCarried['answered']> };

/**
 * Makes the input of the next run fit into one payload. Notes are left out first, in the order in which they are given,
 * then the oldest acts; nothing else is, since a VM might be erased twice for it. Pure.
 * @param rest - of what is carried, all of which stays
 * @param before - what was left out already
 */
export function fitSnapshot(
  input: FleetInput,
  rest: Omit<FleetCarried, keyof Parts | 'leftOut'>,
  { acts, answered, notes }: Parts,
  before: LeftOut,
): FleetCarried {
  const bare = jsonBytes({ ...input, carried: { ...rest, acts: [], answered, notes: [] } });
  const left = MOST_PAYLOAD_BYTES - bare - OF_LEFT_OUT;
  const keptActs = fittingEntries(acts, left);
  const keptNotes = fitting(notes, left - jsonBytes(keptActs));
  const dropped = acts.length - keptActs.length;
  const leftOut = { notes: before.notes + notes.length - keptNotes.length, acts: before.acts + dropped };
  return {
    ...rest,
    acts: keptActs,
    answered: answered.flatMap(({ id, act }) => (act < dropped ? [] : [{ id, act: act - dropped }])),
    notes: keptNotes,
    ...(leftOut.notes + leftOut.acts > 0 && { leftOut }),
  };
}

function fittingEntries(acts: readonly AuditEntry[], bytes: number): AuditEntry[] {
  if (jsonBytes(acts) <= bytes) return [...acts];
  const cut = ({ reason, ...act }: AuditEntry) => ({ ...act, reason: shortened(reason) });
  const latestFirst = acts.toReversed().map((act, index) => (index < WHOLE_ENTRIES ? act : cut(act)));
  return fitting(latestFirst, bytes).toReversed();
}

function shortened(reason: string): string {
  return reason.length <= SHORT_REASON ? reason : `${reason.slice(0, SHORT_REASON - 1)}…`;
}

/** The first of them, as many as fit. */
function fitting<Item>(items: readonly Item[], bytes: number): Item[] {
  let left = bytes;
  const over = items.findIndex((item) => (left -= jsonBytes(item) + COMMA) < 0);
  return over === -1 ? [...items] : items.slice(0, over);
}
