import type { Bounds, Scenario, Window } from './state.js';

const NOTHING: Bounds = {
  repeats: 0,
  staleReads: 0,
  foreignActs: 0,
  resets: 0,
  cancels: 0,
  laterRuns: 0,
  otherIds: 0,
  deadlines: 0,
  stalls: 0,
  failures: 0,
};

const WORLDS = {
  'another image': { power: 'running', image: 'other', markerUsable: true, shows: 'at-end' },
  'the same image': { power: 'running', image: 'same', markerUsable: true, shows: 'at-once' },
  'no room for a marker': { power: 'running', image: 'other', markerUsable: false, shows: 'at-end' },
  'a stopped VM': { power: 'stopped', image: 'same', markerUsable: true, shows: 'at-end' },
} as const satisfies Record<string, Omit<Scenario, 'name' | 'bounds' | 'windows'>>;

type World = keyof typeof WORLDS;

/** A world, and what may happen in it. */
export function scenario(world: World, bounds: Partial<Bounds>, windows: readonly Window[] = []): Scenario {
  const asked = { ...NOTHING, ...bounds };
  const told = Object.entries(bounds).map(([name, count]) => `${name} ${count}`);
  const name = [world, ...told, ...windows].join(', ');
  return { name, ...WORLDS[world], bounds: asked, windows };
}

const EVERY_WORLD = Object.keys(WORLDS) as World[];

/** The world of a scenario, by the name that it is printed with; null for none of ours. */
export function worldOf(name: string): Scenario | null {
  const world = EVERY_WORLD.find((each) => name === each || name.startsWith(`${each}, `));
  return world === undefined ? null : scenario(world, {});
}

/** What `npm test` explores. */
export const SMALL: readonly Scenario[] = [
  scenario('another image', { repeats: 2, staleReads: 2 }),
  scenario('another image', { repeats: 1, stalls: 1, deadlines: 1 }),
  scenario('another image', { repeats: 1, cancels: 1, staleReads: 1 }),
  scenario('the same image', { repeats: 1, foreignActs: 1 }),
  scenario('a stopped VM', { repeats: 2, resets: 1, laterRuns: 1 }),
  scenario('no room for a marker', { repeats: 1, failures: 1, deadlines: 1 }),
];

/** Three attempts, two stale reads, a reset and an act of somebody else, and what else may come at the same time. */
const TOGETHER: readonly Partial<Bounds>[] = [
  { repeats: 2, staleReads: 2, resets: 1, foreignActs: 1 },
  { repeats: 2, staleReads: 2, cancels: 1, deadlines: 1 },
  { repeats: 2, staleReads: 1, stalls: 2, deadlines: 1 },
  { repeats: 2, stalls: 1, failures: 1, cancels: 1 },
  { repeats: 1, resets: 1, laterRuns: 1, otherIds: 1, staleReads: 1 },
  { repeats: 1, resets: 1, cancels: 1, deadlines: 1 },
  { repeats: 1, foreignActs: 1, cancels: 1, deadlines: 1 },
];

/** What `npm run test:model` explores. */
export const WHOLE: readonly Scenario[] = TOGETHER.flatMap((bounds) =>
  EVERY_WORLD.map((world) => scenario(world, bounds)),
);

/** A story that Reimage cannot rule out, since something happens that it assumes does not. */
export interface OpenWindow {
  readonly window: Window;
  /** What is assumed. */
  readonly assumed: string;
  readonly scenario: Scenario;
  /** The worst that comes of it, as the model names it. */
  readonly finds: RegExp;
}

/** Each of them yields a story, or is no window any more. */
export const WINDOWS: readonly OpenWindow[] = [
  {
    window: 'sleep-before-wire',
    assumed:
      'A machine does not sleep between the server’s word and the first byte, for longer than a heartbeat timeout.',
    scenario: scenario('a stopped VM', { repeats: 1, stalls: 1, laterRuns: 1 }, ['sleep-before-wire']),
    finds: /erased|after the end/,
  },
  {
    window: 'late-call',
    assumed: 'JD Cloud performs a call within a settle time, or never.',
    scenario: scenario('a stopped VM', { repeats: 1 }, ['late-call']),
    finds: /let go/,
  },
  {
    window: 'stale-for-long',
    assumed: 'A read shows what was before for no longer than a settle time.',
    scenario: scenario('the same image', { repeats: 1, staleReads: 2 }, ['stale-for-long']),
    finds: /tells/,
  },
  {
    window: 'foreign-rebuild',
    assumed: 'Nobody else rebuilds the VM while a rebuild call of ours is on the wire and its answer is lost.',
    scenario: scenario('a stopped VM', { repeats: 1, foreignActs: 1 }, ['foreign-rebuild']),
    finds: /let go/,
  },
];
