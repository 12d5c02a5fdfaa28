import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { CallEntry, ChangeEntry, JournalEntry } from '../../simulator/model/journal.js';
import type { Word } from './phases.js';
import type { ActCell } from './play-cell.js';
import type { FinishedRun } from './replay.js';

/** What is known once all that an act has begun is over. */
export interface Evidence {
  readonly cell: ActCell;
  /** The phase was over before the act was taken: the cell says nothing. */
  readonly isMissed: boolean;
  /** Of the run that stands in the end; null when it has left none that its contract takes. */
  readonly result: RebuildResult | null;
  readonly noResult: string | null;
  /** It was held, and then accepted. */
  readonly wasHeld: boolean;
  /** Marker of the operation that it is a run of. */
  readonly marker: string;
  /** Images of which it is to put one on. */
  readonly imageAsked: readonly string[];
  readonly entries: readonly JournalEntry[];
  /** How many entries there were before the act. */
  readonly actedAt: number;
  /** At rest, in the end. */
  readonly vm: { readonly status: string; readonly imageId: string };
  readonly stands: FinishedRun;
}

/** Calls of an operation that took effect. */
export function performed({ entries }: Evidence, operation: string): CallEntry[] {
  const calls = entries.filter((entry) => entry.kind === 'call');
  return calls.filter((call) => call.operation === operation && call.performed);
}

export function changesOf({ entries }: Evidence): ChangeEntry[] {
  return entries.filter((entry) => entry.kind === 'change');
}

/** The marker that a rebuild call has written; empty for none. */
export function markerIn({ params }: CallEntry): string {
  const pairs: unknown = params['metadata'];
  if (!Array.isArray(pairs)) return '';
  const pair: unknown = pairs.find((each: unknown) => Reflect.get(Object(each), 'key') === 'reimage-operation');
  return String(Reflect.get(Object(pair), 'value') ?? '');
}

/** What came of it, in the table's words. */
export function wordOf(evidence: Evidence): Word {
  const { result, wasHeld, vm } = evidence;
  if (wasHeld) return 'held';
  if (result === null) return 'left';
  const { outcome, failure, warnings } = result;
  const warned = (code: string) => warnings.some((warning) => warning.code === code);
  if (outcome === 'done') return warned('cancel-too-late') ? 'done, too late' : 'done';
  if (failure?.type === 'RolledBack') return 'put back';
  const isErased = performed(evidence, 'rebuildInstance').some((call) => markerIn(call) === evidence.marker);
  const isAsWas = !isErased && vm.status === 'running';
  if (outcome === 'cancelled') return isAsWas ? 'cancelled' : 'left';
  if (isRefusal(evidence)) return wordOfRefused(evidence, warned('earlier-run-interrupted'));
  return isAsWas ? 'restored' : 'left';
}

/** The run does nothing of its own. */
export function isRefusal({ result }: Evidence): boolean {
  return result?.failure?.message.startsWith('This run was reset.') === true;
}

function wordOfRefused({ entries, actedAt, vm }: Evidence, hasFinished: boolean): Word {
  if (hasFinished) return vm.status === 'running' ? 'finished' : 'left';
  const since = entries.slice(actedAt).filter((entry) => entry.kind === 'call');
  return since.some(({ operation, performed: isDone }) => isDone && !operation.startsWith('describe'))
    ? 'left'
    : 'refused';
}
