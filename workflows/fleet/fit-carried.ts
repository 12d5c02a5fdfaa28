import type { FleetAct } from '../../contracts/fleet/fleet-control.js';
import type { FleetCarried, FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { LeftOut } from '../../contracts/fleet/fleet-progress.js';
import { jsonBytes, MOST_PAYLOAD_BYTES } from '../../contracts/payload-size.js';

/** The last acts, which are carried whole; of those before them the reason is cut where not all fit. */
const WHOLE_ACTS = 20;
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
export function fitCarried(
  input: FleetInput,
  rest: Omit<FleetCarried, keyof Parts | 'leftOut'>,
  { acts, answered, notes }: Parts,
  before: LeftOut,
): FleetCarried {
  const bare = jsonBytes({ ...input, carried: { ...rest, acts: [], answered, notes: [] } });
  const left = MOST_PAYLOAD_BYTES - bare - OF_LEFT_OUT;
  const keptActs = fittingActs(acts, left);
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

function fittingActs(acts: readonly FleetAct[], bytes: number): FleetAct[] {
  if (jsonBytes(acts) <= bytes) return [...acts];
  const cut = ({ reason, ...act }: FleetAct) => ({ ...act, reason: shortened(reason) });
  const latestFirst = acts.toReversed().map((act, index) => (index < WHOLE_ACTS ? act : cut(act)));
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
