import { ImageId } from '../../contracts/ids.js';
import type { Evidence } from './story-run.js';

/** What a VM was in for a while. */
interface State {
  readonly status: string;
  readonly imageId: string;
  /** When it began, milliseconds since 1970. */
  readonly since: number;
}

/** A read is under way for so long at most before what it saw gets its time, on a machine that is busy. */
const SEEN_WITHIN_MS = 2_000;

/** All states of the VM in order, from the cloud's journal. */
function statesOf({ instanceId, powerBefore, imageBefore, changes, calls }: Evidence): State[] {
  const rebuilds = calls.filter((call) => call.operation === 'rebuildInstance' && call.performed);
  const images = rebuilds.filter((call) => call.instanceId === instanceId).map(({ params }) => params['imageId']);
  const states: State[] = [{ status: powerBefore, imageId: imageBefore, since: 0 }];
  let imageId = imageBefore;
  for (const change of changes.filter((each) => each.instanceId === instanceId && each.imageId === null)) {
    // The image changes when a rebuild ends.
    if (change.from === 'rebuilding') imageId = ImageId.parse(images.shift());
    states.push({ status: change.to, imageId, since: Date.parse(change.at) });
  }
  return states;
}

/** A call has taken effect. */
const PASSING = ['stopping', 'rebuilding', 'starting'];

/**
 * The states in which somebody may have seen the VM who says that he saw it `at` this instant (ISO 8601), and knows
 * what it is in now: those before the last call that took effect say nothing of that any more.
 */
export function statesSeenAt(evidence: Evidence, at: string): State[] {
  const seenAt = Date.parse(at);
  const states = statesOf(evidence);
  const lastCall = states.findLastIndex(({ status }) => PASSING.includes(status));
  return states.filter(({ since }, index) => {
    const until = states[index + 1]?.since ?? Number.POSITIVE_INFINITY;
    return index >= lastCall && since <= seenAt && until >= seenAt - SEEN_WITHIN_MS;
  });
}
