import type { Deadlines } from '../../../contracts/rebuild-request.js';
import { type Story, STORIES } from '../cells.js';

/** A kind of rebuild, as far as a pair of faults needs to know it. */
export interface PairStory extends Pick<Story, 'name' | 'request' | 'trouble' | 'ends'> {
  readonly status: 'running' | 'stopped';
  /** The image that is asked for is the one that the VM has. */
  readonly isSameImage: boolean;
}

/** A call that changes something, with all that is needed to have a rebuild stand right before it. */
export interface CallUnderTest {
  /** For people and for `--only`, such as `rebuild/stopInstance#1`. */
  readonly name: string;
  readonly story: PairStory;
  readonly operation: 'stopInstance' | 'rebuildInstance' | 'startInstance' | 'createImage' | 'deleteImage';
  /** Which call of its operation it is, counted from 1. */
  readonly nth: number;
  /** The transition before it, in which the VM is kept until it is let go; null: the rebuild begins with the call. */
  readonly room: Room | null;
  /** Deadline of the phase that the call is made in; null where no request sets one. */
  readonly deadline: keyof Deadlines | null;
  /** How often one attempt of the activity reads the VM before it calls. */
  readonly readsOfAttempt: number;
}

/** Where a VM waits: in what this call has begun. */
export interface Room {
  readonly operation: 'stopInstance' | 'rebuildInstance' | 'startInstance';
  /** Which call of it, counted from 1. */
  readonly nth: number;
}

const [rebuild, backup, rollback] = [storyNamed('rebuild'), storyNamed('backup'), storyNamed('rollback')];

/** The marker alone tells whether its call has landed, and JD Cloud would take another one at any time. */
const stopped: PairStory = { ...rebuild, name: 'stopped', status: 'stopped', isSameImage: true };
const keepingBackups: PairStory = { ...backup, request: { backup: 'image', keepBackups: 1 } };

const STOP: Room = { operation: 'stopInstance', nth: 1 };
const REBUILD: Room = { operation: 'rebuildInstance', nth: 1 };

/** Every call of a rebuild that changes something, those of its way back too. */
export const CALLS_UNDER_TEST: readonly CallUnderTest[] = [
  called('stopInstance#1', { story: rebuild, room: null, deadline: 'stoppingSeconds' }),
  called('rebuildInstance#1', { story: rebuild, room: STOP, deadline: 'rebuildingSeconds' }),
  called('rebuildInstance#1', { story: stopped, room: null, deadline: 'rebuildingSeconds' }),
  called('startInstance#1', { story: rebuild, room: REBUILD, deadline: 'startingSeconds' }),
  called('createImage#1', { story: keepingBackups, room: STOP, deadline: 'backingUpSeconds' }),
  // The list of backups asks which VMs use them; so does the look at the one that is to go.
  {
    ...called('deleteImage#1', {
      story: keepingBackups,
      room: { operation: 'startInstance', nth: 1 },
      deadline: null,
    }),
    readsOfAttempt: 2,
  },
  called('rebuildInstance#2', { story: rollback, room: REBUILD, deadline: 'rebuildingSeconds' }),
  called('startInstance#2', {
    story: rollback,
    room: { operation: 'rebuildInstance', nth: 2 },
    deadline: 'startingSeconds',
  }),
];

function called(
  name: `${CallUnderTest['operation']}#${number}`,
  where: Pick<CallUnderTest, 'story' | 'room' | 'deadline'>,
): CallUnderTest {
  const [operation, nth] = name.split('#') as [CallUnderTest['operation'], string];
  return { ...where, name: `${where.story.name}/${name}`, operation, nth: Number(nth), readsOfAttempt: 1 };
}

function storyNamed(name: string): PairStory {
  const story = STORIES.find((each) => each.name === name);
  if (story === undefined) throw new Error(`There is no story ${name}.`);
  return { ...story, status: 'running', isSameImage: false };
}
