import type { FleetCarried, FleetInput } from '../../contracts/fleet/fleet-input.js';
import { columnOf, textAt } from '../../contracts/fleet/fleet-members.js';
import { MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import type { Gate } from './halt.js';
import type { FleetMembers, Member, MemberChange } from './members.js';
import { IN_FLIGHT } from './tally.js';

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
export function carryMembers({ all }: FleetMembers, startedAt: number): CarriedMembers {
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
export function fresh(
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

/** Gives members back what {@link carryMembers} has kept. */
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
  restoreNotes(members, carried.notes);
}

function restoreNotes(members: FleetMembers, notes: FleetCarried['notes']): void {
  for (const { at, note, failure, backupImageId, imageFound } of notes) {
    members.change(at, {
      ...(note !== undefined && { note }),
      ...(failure !== undefined && { failure }),
      ...(backupImageId !== undefined && { backupImageId }),
      ...(imageFound !== undefined && { imageFound }),
    });
  }
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
