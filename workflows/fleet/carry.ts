import type { FleetCarried } from '../../contracts/fleet/fleet-input.js';
import { MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import type { FleetMembers, Member, MemberChange } from './members.js';

/** What is either so or not so of a member: a bit each. Never reordered: it stands in histories. */
const FLAGS = ['isDown', 'isBorne', 'isMoved', 'isBaked'] as const;
const BACK = 2 ** FLAGS.length;

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
    notes: all
      .filter(({ note, failure, backupImageId }) => note !== null || failure !== null || backupImageId !== null)
      .map(({ at, note, failure, backupImageId }) => ({ at, note, failure, backupImageId })),
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
  for (const { at, ...note } of carried.notes) members.change(at, note);
}

function flagsOf(member: Member): number {
  const bits = FLAGS.reduce((sum, flag, index) => sum + (member[flag] ? 2 ** index : 0), 0);
  return bits + (member.goal === 'back' ? BACK : 0);
}

function readFlags(bits: number): MemberChange {
  const isSet = (bit: number) => Math.floor(bits / bit) % 2 === 1;
  const flags = Object.fromEntries(FLAGS.map((flag, index) => [flag, isSet(2 ** index)]));
  return { ...flags, goal: isSet(BACK) ? 'back' : 'forward' };
}
