/** An attempt at an activity, as stories name it. */
export interface AttemptName {
  readonly number: number;
  readonly kind: 'rebuild' | 'stop' | 'start';
  /** Counted from 1. */
  readonly run: number;
}

/** What one read of the VM shows. */
export interface Look {
  readonly status: string;
  readonly isStale: boolean;
}

/** One line of a story, as it is made on the real parts. */
export type StoryStep =
  | { readonly does: 'plans' | 'looks'; readonly run: number; readonly looks: readonly Look[] }
  /** Comes by itself, as time goes on. */
  | { readonly does: 'passes'; readonly isSettling: boolean }
  | { readonly does: 'begins' | 'is-confirmed' | 'sends' | 'fails-on-read'; readonly attempt: AttemptName }
  | { readonly does: 'stalls' | 'is-given-up' | 'wakes'; readonly attempt: AttemptName }
  | { readonly does: 'reads' | 'searches'; readonly attempt: AttemptName; readonly status: string }
  | {
      readonly does: 'delivers';
      readonly kind: AttemptName['kind'];
      readonly run: number;
      readonly end: 'performed' | 'refused' | 'lost';
      /** Null: its sender has given it up long ago. */
      readonly answer: 'done' | 'refused' | 'lost' | null;
    }
  | { readonly does: 'abandons'; readonly kind: AttemptName['kind']; readonly run: number }
  | { readonly does: 'arrives' }
  | { readonly does: 'acts'; readonly act: 'deletes' | 'stops' | 'starts' }
  | { readonly does: 'rebuilds'; readonly image: string; readonly keepsMetadata: boolean }
  | { readonly does: 'starts'; readonly hasOwnId: boolean }
  | { readonly does: 'cancels' | 'deadline'; readonly run: number; readonly step: string }
  | { readonly does: 'resets'; readonly run: number; readonly to: 'first' | 'last' };

const LOOK = String.raw`sees (?<status>\w+) with \w+(?<stale> \(stale\))?(?:, marked [\w-]+|, marked by nobody)?`;
const OWN = String.raw`(?:, and by a read of its own sees (?<own>\w+) with \w+(?<ownStale> \(stale\))?)?`;
const ATTEMPT = String.raw`attempt (?<number>\d+) at the (?<kind>rebuild|stop|start) of run (?<run>\d+)`;
const CALL = String.raw`(?<kind>rebuild|stop|start) of run (?<run>\d+)`;

type Groups = Readonly<Record<string, string | undefined>>;

const ENDS = { 'takes effect': 'performed', 'is refused': 'refused', 'comes to nothing': 'lost' } as const;
const ATTEMPT_STEPS = {
  begins: 'begins',
  'begins, its heartbeat on its way': 'begins',
  'is confirmed': 'is-confirmed',
  'sends its call': 'sends',
  'fails on a read': 'fails-on-read',
  'is frozen, asleep or dead': 'stalls',
  wakes: 'wakes',
} as const;

/** Each kind of line that the model prints and that can be made; what fits none of them cannot. */
const LINES: readonly (readonly [RegExp, (groups: Groups) => StoryStep])[] = [
  [
    line(`run (?<run>\\d+) plans: ${LOOK}`),
    (groups) => ({ does: 'plans', run: runOf(groups), looks: looksOf(groups) }),
  ],
  [
    line(`run (?<run>\\d+) (?:verifies: |looks for its call: )?${LOOK}${OWN}`),
    (groups) => ({ does: 'looks', run: runOf(groups), looks: looksOf(groups) }),
  ],
  [
    line(String.raw`run (?<run>\d+) looks back: (?<status>\w+) with \w+(?:: [\w-]+)?`),
    (groups) => ({ does: 'looks', run: runOf(groups), looks: looksOf(groups) }),
  ],
  [
    line(
      String.raw`(?:run|attempt) .*(?:has waited for what would show|has seen \w+ for a settle time|has verified for a settle time|knows that what was lost would have shown)`,
    ),
    () => ({ does: 'passes', isSettling: true }),
  ],
  [
    line(`${ATTEMPT} (?:is told: \\w+|hears of its cancellation|is over before it began)`),
    () => ({ does: 'passes', isSettling: false }),
  ],
  [
    line(`${ATTEMPT} (?<step>${Object.keys(ATTEMPT_STEPS).join('|')})`),
    (groups) => ({
      does: ATTEMPT_STEPS[groups['step'] as keyof typeof ATTEMPT_STEPS],
      attempt: attemptOf(groups),
    }),
  ],
  [
    line(`${ATTEMPT} ${LOOK}`),
    (groups) => ({ does: 'searches', attempt: attemptOf(groups), status: groups['status'] ?? '' }),
  ],
  [
    line(String.raw`${ATTEMPT} reads (?<status>\w+)(?: with \w+)?(?:, marked [\w-]+)?`),
    (groups) => ({ does: 'reads', attempt: attemptOf(groups), status: groups['status'] ?? '' }),
  ],
  [line(`the server gives ${ATTEMPT} up`), (groups) => ({ does: 'is-given-up', attempt: attemptOf(groups) })],
  [
    line(
      `${CALL} (?<end>${Object.keys(ENDS).join('|')})(?:, answer (?<answer>done|refused|lost)|, long after it was sent)`,
    ),
    (groups) => ({
      does: 'delivers',
      kind: kindOf(groups),
      run: runOf(groups),
      end: ENDS[groups['end'] as keyof typeof ENDS],
      answer: (groups['answer'] ?? null) as 'done' | 'refused' | 'lost' | null,
    }),
  ],
  [
    line(`${CALL} is given up by its sender`),
    (groups) => ({ does: 'abandons', kind: kindOf(groups), run: runOf(groups) }),
  ],
  [line('the VM (?:is stopped|runs|is rebuilt)'), () => ({ does: 'arrives' })],
  [
    line('somebody (?<act>deletes|stops|starts) the VM'),
    ({ act }) => ({ does: 'acts', act: act as 'deletes' | 'stops' | 'starts' }),
  ],
  [
    line(String.raw`somebody rebuilds the VM onto (?<image>[ABC])(?<kept>, its metadata kept)?`),
    ({ image = '', kept }) => ({ does: 'rebuilds', image, keepsMetadata: kept !== undefined }),
  ],
  [
    line('another operation begins(?<own> under an id of its own)?'),
    ({ own }) => ({ does: 'starts', hasOwnId: own !== undefined }),
  ],
  [line(String.raw`run (?<run>\d+) is cancelled`), (groups) => ({ does: 'cancels', run: runOf(groups), step: '' })],
  [
    line(String.raw`time is up for run (?<run>\d+) at (?<step>[\w-]+)`),
    (groups) => ({ does: 'deadline', run: runOf(groups), step: groups['step'] ?? '' }),
  ],
  [
    line(String.raw`run (?<run>\d+) is reset to its (?<to>beginning|last task)`),
    (groups) => ({ does: 'resets', run: runOf(groups), to: groups['to'] === 'beginning' ? 'first' : 'last' }),
  ],
];

/** @returns what a line of a story comes to; null for one that cannot be made on the real parts, or is no line of the model */
export function parseStep(text: string): StoryStep | null {
  for (const [pattern, toStep] of LINES) {
    const groups = pattern.exec(text.trim())?.groups;
    if (groups !== undefined) return toStep(groups);
    if (pattern.test(text.trim())) return toStep({});
  }
  return null;
}

function line(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`);
}

function runOf({ run }: Groups): number {
  return Number(run);
}

function kindOf({ kind }: Groups): AttemptName['kind'] {
  return kind as AttemptName['kind'];
}

function attemptOf(groups: Groups): AttemptName {
  return { number: Number(groups['number']), kind: kindOf(groups), run: runOf(groups) };
}

function looksOf({ status = '', stale, own, ownStale }: Groups): Look[] {
  const first = { status, isStale: stale !== undefined };
  return own === undefined ? [first] : [first, { status: own, isStale: ownStale !== undefined }];
}
