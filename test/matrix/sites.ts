import type { Phase, PhaseRecord } from '../../contracts/rebuild-progress.js';
import type { CallEntry, JournalEntry } from '../../simulator/model/journal.js';

/** A place in a rebuild where a call to JD Cloud may go wrong. */
export interface Site {
  /** The call's operation. */
  readonly operation: string;
  /** Which call of it, counted from 1: of the whole run where the call changes something, else since the milestone. */
  readonly nth: number;
  /** What had happened in the cloud before, such as `stopInstance#1` or `stopped#2`; `begin` at first. Reads only: null. */
  readonly milestone: string | null;
  /** The phase that it is met in. */
  readonly phase: Phase;
}

/** Reads of a kind that are looked at one by one in a stretch that ends with a call of ours. More do not come but by a poll. */
const READS_OF_A_STRETCH = 3;

/** Whether a call asks JD Cloud for a change. */
export function isChange({ operation }: Pick<CallEntry, 'operation'>): boolean {
  return !operation.startsWith('describe');
}

/**
 * Reads a journal as the story of one VM: what happened to it, each named by its kind and number. A stretch is what
 * lies between two of these.
 */
export class Milestones {
  readonly #counts = new Map<string, number>();

  /** The name of the milestone that an entry is; null when it is none. */
  nameOf(entry: JournalEntry): string | null {
    const kind = entry.kind === 'change' ? entry.to : milestoneOf(entry);
    if (kind === null) return null;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${kind}#${count}`;
  }
}

/** A call is one once it has taken effect or was refused; a read is none. */
function milestoneOf(call: CallEntry): string | null {
  if (!isChange(call)) return null;
  if (call.performed) return call.operation;
  return call.httpStatus === null ? null : `${call.operation}-refused`;
}

/** Every place of a run in which nothing went wrong that was not meant to, in the order in which they came. */
export function sitesOf(entries: readonly JournalEntry[], timeline: readonly PhaseRecord[]): Site[] {
  const milestones = new Milestones();
  const counts = new Map<string, number>();
  const sites: Site[] = [];
  const polled = new Set<string>();
  let milestone = 'begin';
  for (const entry of entries) {
    if (entry.kind === 'call') {
      const { operation } = entry;
      const stretch = isChange(entry) ? null : milestone;
      const nth = (counts.get(`${stretch} ${operation}`) ?? 0) + 1;
      counts.set(`${stretch} ${operation}`, nth);
      sites.push({ operation, nth, milestone: stretch, phase: phaseAt(timeline, entry.at) });
    }
    const reached = milestones.nameOf(entry);
    if (reached !== null && entry.kind === 'change') polled.add(milestone);
    milestone = reached ?? milestone;
  }
  return sites.filter((site) => site.milestone === null || site.nth <= readsToTry(site, polled));
}

function phaseAt(timeline: readonly PhaseRecord[], at: string): Phase {
  return timeline.findLast(({ startedAt }) => startedAt <= at)?.phase ?? 'validating';
}

/** The reads of a poll are alike, and how many there are is chance: the first stands for all. */
function readsToTry({ operation, milestone }: Site, polled: ReadonlySet<string | null>): number {
  return operation === 'describeBriefInstances' || polled.has(milestone) ? 1 : READS_OF_A_STRETCH;
}

/** Name of a site, for people and for `--only`. */
export function siteName({ operation, nth, milestone }: Site): string {
  return milestone === null ? `${operation}#${nth}` : `${operation}#${nth}@${milestone}`;
}
