import { type AuditEntry, otherContent } from '../../contracts/fleet/fleet-control.js';
import type { FleetInput, FleetSnapshot } from '../../contracts/fleet/fleet-input.js';
import { columnOf, textAt } from '../../contracts/fleet/fleet-members.js';
import { MEMBER_STATES, type Omitted } from '../../contracts/fleet/fleet-progress.js';
import { jsonBytes, MOST_PAYLOAD_BYTES } from '../../contracts/utf8-text.js';
import type { Gate } from './blockers.js';
import { type FleetMembers, IN_FLIGHT, type Member, type MemberChange } from './members.js';

/** What is either so or not so of a member: a bit each. Never reordered: it stands in histories. */
const FLAGS = ['isDown', 'isTolerated', 'isMoved', 'isBaked'] as const;
const BACK = 2 ** FLAGS.length;
const FOUND_RUNNING = 2 * BACK;
const FOUND_STOPPED = 4 * BACK;

type MembersSnapshot = Pick<
  FleetSnapshot,
  | 'states'
  | 'flags'
  | 'attempts'
  | 'startedAfter'
  | 'finishedAfter'
  | 'failures'
  | 'backups'
  | 'imagesFound'
  | 'lastOperations'
  | 'reasons'
  | 'inFlight'
>;

/** All members in columns of small numbers, so that ten thousand fit into the input of the next run. */
export function snapshotMembers({ all }: FleetMembers, startedAt: number): MembersSnapshot {
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
    reasons: reasonsOf(all),
    ...inFlightOf(all),
  };
}

/** Absent where none is. */
function inFlightOf(all: readonly Member[]): Pick<MembersSnapshot, 'inFlight'> {
  const inFlight = all.flatMap(({ at, state, runId }) =>
    IN_FLIGHT.includes(state) && runId !== null ? [{ at, runId }] : [],
  );
  return inFlight.length === 0 ? {} : { inFlight };
}

/** What a fleet begins with. */
export function initialState(
  { limits }: FleetInput,
  now: number,
): Pick<FleetSnapshot, 'startedAt' | 'auditEntries' | 'limits' | 'wave' | 'gatePassed' | 'pause' | 'goal' | 'ending'> {
  return {
    startedAt: new Date(now).toISOString(),
    auditEntries: [],
    limits,
    wave: 0,
    gatePassed: -1,
    pause: null,
    goal: 'forward',
    ending: null,
  };
}

/** The gate that the run before has waited at. */
export function gateOf(snapshot: FleetSnapshot | undefined): Gate | null {
  const gate = snapshot?.gate;
  return gate === undefined ? null : { name: gate.name, deadline: Date.parse(gate.deadline) };
}

/** Gives members back what {@link snapshotMembers} has kept. */
export function restoreMembers(members: FleetMembers, snapshot: FleetSnapshot): void {
  const startedAt = Date.parse(snapshot.startedAt);
  const moment = (seconds: number | undefined) =>
    seconds === undefined || seconds < 0 ? null : startedAt + seconds * 1000;
  for (const { at } of members.all) {
    members.change(at, {
      state: MEMBER_STATES[snapshot.states[at] ?? 0] ?? 'waiting',
      ...readFlags(snapshot.flags[at] ?? 0),
      attempts: snapshot.attempts[at] ?? 0,
      startedAt: moment(snapshot.startedAfter[at]),
      finishedAt: moment(snapshot.finishedAfter[at]),
      failure: textAt(snapshot.failures, at),
      backupImageId: textAt(snapshot.backups, at),
      imageFound: textAt(snapshot.imagesFound, at),
      lastOperation: textAt(snapshot.lastOperations, at),
    });
  }
  for (const { at, runId } of snapshot.inFlight ?? []) members.change(at, { runId });
  for (const { at, reason } of snapshot.reasons) members.change(at, { reason });
}

function flagsOf(member: Member): number {
  const bits = FLAGS.reduce((sum, flag, index) => sum + (member[flag] ? 2 ** index : 0), 0);
  const found = member.powerFound === null ? 0 : member.powerFound === 'running' ? FOUND_RUNNING : FOUND_STOPPED;
  return bits + (member.goal === 'rollback' ? BACK : 0) + found;
}

function readFlags(bits: number): MemberChange {
  const isSet = (bit: number) => Math.floor(bits / bit) % 2 === 1;
  const flags = Object.fromEntries(FLAGS.map((flag, index) => [flag, isSet(2 ** index)]));
  const powerFound = isSet(FOUND_RUNNING) ? 'running' : isSet(FOUND_STOPPED) ? 'stopped' : null;
  return { ...flags, goal: isSet(BACK) ? 'rollback' : 'forward', powerFound };
}

/** What there is to say of members in words: of those that went well last. */
function reasonsOf(all: readonly Member[]): FleetSnapshot['reasons'] {
  return all
    .filter(({ reason }) => reason !== null)
    .toSorted((a, b) => Number(a.state === 'done') - Number(b.state === 'done'))
    .map(({ at, reason }) => ({ at, reason: reason ?? '' }));
}

/** Updates whose answers are kept, and longest id of one that is. */
const MOST_ANSWERS = 100;
const LONGEST_ID = 200;

/**
 * What updates were answered, by their ids. Temporal itself knows the ids of one run only: with these an action that is
 * sent once more after the fleet has continued as new is still the same action.
 */
export class UpdateDeduplicator {
  readonly #entries = new Map<string, AuditEntry>();
  #given = 0;

  /** @param auditEntries - what `snapshot` refers to by place */
  constructor(auditEntries: readonly AuditEntry[], snapshot: FleetSnapshot['answeredUpdates'] = []) {
    for (const { id, entry } of snapshot) {
      const done = auditEntries[entry];
      if (done !== undefined) this.#entries.set(id, done);
    }
  }

  /** What the update was answered; null for one that was not done. */
  of(id: string | undefined): AuditEntry | null {
    return (id === undefined ? undefined : this.#entries.get(id)) ?? null;
  }

  /** What an action says otherwise than one before it that bears the same request id; null where there is none such. */
  whatDiffers(id: string | undefined): string[] | null {
    if (id === undefined) return null;
    for (const known of this.#entries.keys()) {
      const fields = otherContent(known, id);
      if (fields !== null) return fields;
    }
    return null;
  }

  /** Updates that this run has answered for the first time. */
  get given(): number {
    return this.#given;
  }

  keep(id: string | undefined, entry: AuditEntry): void {
    this.#given += 1;
    if (id === undefined || id.length > LONGEST_ID) return;
    this.#entries.set(id, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_ANSWERS && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** The answers by their place among the audit entries that are snapshot. */
  snapshot(auditEntries: readonly AuditEntry[]): NonNullable<FleetSnapshot['answeredUpdates']> {
    const places = new Map(auditEntries.map((entry, at) => [entry, at]));
    return [...this.#entries].flatMap(([id, done]) => {
      const entry = places.get(done);
      return entry === undefined ? [] : [{ id, entry }];
    });
  }
}

/** The last audit entries, which are handed on whole; of those before them the reason is cut where not all fit. */
const WHOLE_ENTRIES = 20;
const SHORT_REASON = 60;

/** Bytes of a comma, and of the names and numbers that tell what was left out. */
const COMMA = 1;
const OF_LEFT_OUT = 100;

type Parts = Pick<FleetSnapshot, 'reasons' | 'auditEntries'> & {
  readonly answeredUpdates: NonNullable<FleetSnapshot['answeredUpdates']>;
};

/**
 * Makes the input of the next run fit into one payload. Reasons are left out first, in the order in which they are given,
 * then the oldest audit entries; nothing else is, since a VM might be erased twice for it. Pure.
 * @param rest - of the snapshot, all of which stays
 * @param before - what was left out already
 */
export function fitSnapshot(
  input: FleetInput,
  rest: Omit<FleetSnapshot, keyof Parts | 'omitted'>,
  { auditEntries, answeredUpdates, reasons }: Parts,
  before: Omitted,
): FleetSnapshot {
  const bare = jsonBytes({ ...input, snapshot: { ...rest, auditEntries: [], answeredUpdates, reasons: [] } });
  const left = MOST_PAYLOAD_BYTES - bare - OF_LEFT_OUT;
  const keptEntries = fittingEntries(auditEntries, left);
  const keptReasons = fitting(reasons, left - jsonBytes(keptEntries));
  const dropped = auditEntries.length - keptEntries.length;
  const omitted = {
    reasons: before.reasons + reasons.length - keptReasons.length,
    auditEntries: before.auditEntries + dropped,
  };
  return {
    ...rest,
    auditEntries: keptEntries,
    answeredUpdates: answeredUpdates.flatMap(({ id, entry }) =>
      entry < dropped ? [] : [{ id, entry: entry - dropped }],
    ),
    reasons: keptReasons,
    ...(omitted.reasons + omitted.auditEntries > 0 && { omitted }),
  };
}

function fittingEntries(auditEntries: readonly AuditEntry[], bytes: number): AuditEntry[] {
  if (jsonBytes(auditEntries) <= bytes) return [...auditEntries];
  const cut = ({ reason, ...entry }: AuditEntry) => ({ ...entry, reason: shortened(reason) });
  const latestFirst = auditEntries.toReversed().map((entry, index) => (index < WHOLE_ENTRIES ? entry : cut(entry)));
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
