import type { FleetCarried, FleetInput } from '../../contracts/fleet/fleet-input.js';
import { MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import type { FleetMembers, Member, MemberChange } from './members.js';

/** What is either so or not so of a member: a bit each. Never reordered: it stands in histories. */
const FLAGS = ['isDown', 'isBorne', 'isMoved', 'isBaked'] as const;
const BACK = 2 ** FLAGS.length;
const FOUND_RUNNING = 2 * BACK;
const FOUND_STOPPED = 4 * BACK;

/** Signs of notes that are carried in all: a sign may take three bytes, and a payload 2 MB. */
const MOST_TEXT = 150_000;

type CarriedMembers = Pick<FleetCarried, 'states' | 'flags' | 'attempts' | 'startedAfter' | 'finishedAfter' | 'notes'>;

/** All members in columns of small numbers, so that ten thousand fit into the input of the next run. */
export function carryMembers({ all }: FleetMembers, startedAt: number): CarriedMembers {
  const secondsAfter = (moment: number | null) => (moment === null ? -1 : Math.round((moment - startedAt) / 1000));
  return {
    states: all.map(({ state }) => MEMBER_STATES.indexOf(state)),
    flags: all.map(flagsOf),
    attempts: all.map(({ attempts }) => attempts),
    startedAfter: all.map((member) => secondsAfter(member.startedAt)),
    finishedAfter: all.map((member) => secondsAfter(member.finishedAt)),
    notes: notesOf(all),
  };
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
    });
  }
  for (const { at, note = null, failure = null, backupImageId = null, imageFound = null, ...found } of carried.notes)
    members.change(at, { note, failure, backupImageId, imageFound, lastOperation: found.lastOperation ?? null });
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

/** What there is to say of members. Texts of those that went well are the first to be left out where there are too many. */
function notesOf(all: readonly Member[]): FleetCarried['notes'] {
  let left = MOST_TEXT;
  const told = all
    .filter(({ note }) => note !== null)
    .toSorted((a, b) => Number(a.state === 'done') - Number(b.state === 'done'));
  const kept = new Set(told.filter(({ note }) => (left -= note?.length ?? 0) >= 0).map(({ at }) => at));
  return all
    .map(({ at, note, failure, backupImageId, imageFound, lastOperation }) => ({
      at,
      ...(note !== null && kept.has(at) && { note }),
      ...(failure !== null && { failure }),
      ...(backupImageId !== null && { backupImageId }),
      ...(imageFound !== null && { imageFound }),
      ...(lastOperation !== null && { lastOperation }),
    }))
    .filter((entry) => Object.keys(entry).length > 1);
}
