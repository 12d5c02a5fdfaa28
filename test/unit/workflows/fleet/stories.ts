import type { FleetState } from '../../../../workflows/fleet/fleet-state.js';
import type { Part, Play } from './play.js';

const ZONES = ['cn-north-1a', 'cn-north-1b', 'cn-north-1c'] as const;

/** VMs in three zones in turn, which take five minutes each, save those that are told otherwise by their place from 1. */
function vms(
  count: number,
  parts: Readonly<Record<number, Partial<Part> & { isDown?: boolean; az?: string }>> = {},
): Play['vms'] {
  return Array.from({ length: count }, (_, at) => ({
    minutes: 5,
    end: 'done' as const,
    az: ZONES[at % ZONES.length] ?? ZONES[0],
    ...parts[at + 1],
  }));
}

const whole = (size: number) => [{ name: 'wave 1', size }];
const canaryAnd = (...sizes: readonly number[]) => [
  { name: 'canary', size: 1 },
  ...sizes.map((size, at) => ({ name: `wave ${at + 2}`, size })),
];

/** What an operator decides on a held VM: it is then done. */
const decided = (minute: number, instanceId: string) => ({
  minute,
  what: `someone decides ${instanceId}: accept`,
  does: (record: FleetState) => {
    const member = record.members.find(instanceId);
    if (member !== null) record.members.change(member.at, { state: 'done', isDown: false });
  },
});

const resumed = (minute: number) => ({
  minute,
  what: 'bob resumes it',
  does: (record: FleetState) => record.resume(),
});

/** A dozen fleets, each for one rule. Their decisions stand in stories/, for people to read. */
export const STORIES: Readonly<Record<string, Play>> = {
  'canary-then-waves': { waves: canaryAnd(2, 3), vms: vms(6), rollout: { maxUnavailable: { fleet: 2 } } },
  'one-at-a-time-in-each-zone': {
    waves: whole(6),
    vms: vms(6, { 4: { minutes: 9 } }),
    rollout: { maxUnavailable: { fleet: 6, perAz: 1 } },
  },
  'two-are-down-already': {
    waves: whole(5),
    vms: vms(5, { 2: { isDown: true }, 5: { isDown: true } }),
    rollout: { maxUnavailable: { fleet: 3 } },
  },
  'more-are-down-than-may-be': {
    waves: whole(4),
    vms: vms(4, { 1: { isDown: true }, 2: { isDown: true } }),
    rollout: { maxUnavailable: { fleet: 1 } },
  },
  'budget-of-none-pauses': {
    waves: whole(4),
    vms: vms(4, { 2: { end: 'fails' } }),
    rollout: { maxUnavailable: { fleet: 1 } },
    cues: [resumed(60)],
  },
  'budget-of-one-stops-at-the-second': {
    waves: whole(6),
    vms: vms(6, { 1: { end: 'fails' }, 3: { end: 'fails' } }),
    rollout: { maxUnavailable: { fleet: 2 }, maxFailures: { fleet: 1 }, onBudgetExhausted: 'stop' },
  },
  'running-ones-overshoot-the-budget': {
    waves: whole(6),
    vms: vms(6, { 1: { end: 'fails' }, 2: { end: 'fails' }, 3: { end: 'fails' } }),
    rollout: { maxUnavailable: { fleet: 3 }, onBudgetExhausted: 'stop' },
  },
  'strict-never-overshoots': {
    waves: whole(6),
    vms: vms(6, { 1: { end: 'fails' }, 2: { end: 'fails' }, 3: { end: 'fails' } }),
    rollout: { maxUnavailable: { fleet: 3 }, maxFailures: { fleet: 1, strict: true }, onBudgetExhausted: 'stop' },
  },
  'a-failed-vm-that-stays-down-keeps-its-place': {
    waves: whole(4),
    vms: vms(4, { 1: { end: 'fails and stays down' } }),
    rollout: { maxUnavailable: { fleet: 2 }, maxFailures: { fleet: 1 } },
  },
  'held-vms-keep-their-places': {
    waves: whole(5),
    vms: vms(5, { 1: { end: 'is held' }, 2: { end: 'is held' } }),
    rollout: { maxUnavailable: { fleet: 3 }, maxHeld: 1 },
    cues: [decided(30, 'i-1'), decided(40, 'i-2')],
  },
  'a-held-canary-lets-none-begin': {
    waves: canaryAnd(2),
    vms: vms(3, { 1: { end: 'is held' } }),
    rollout: { maxUnavailable: { fleet: 2 } },
    cues: [decided(90, 'i-1')],
  },
  'exhausted-and-put-back': {
    waves: canaryAnd(4),
    vms: vms(5, { 3: { end: 'fails and stays down' } }),
    rollout: { maxUnavailable: { fleet: 2 }, onBudgetExhausted: 'rollback' },
  },
  'strict-bakes-in-parts': {
    waves: whole(4),
    vms: vms(4, { 3: { fallsOver: true } }),
    rollout: {
      maxUnavailable: { fleet: 3 },
      maxFailures: { fleet: 1, strict: true },
      bakeSeconds: 600,
      onBudgetExhausted: 'stop',
    },
  },
  'a-busy-vm-is-taken-at-the-end': {
    waves: whole(3),
    vms: vms(3, { 1: { busyUntil: 8 } }),
    rollout: { maxUnavailable: { fleet: 2 } },
  },
  'continues-as-new-in-the-middle': {
    waves: whole(5),
    vms: vms(5),
    rollout: { maxUnavailable: { fleet: 2 } },
    startsOfRun: 3,
  },
};
