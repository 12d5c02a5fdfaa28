import proto from '@temporalio/proto';
import { changesOf, type Evidence, isRefusal, markerIn, performed, wordOf } from './evidence.js';
import { ACT_TABLE } from './table.js';
import type { Word } from './phases.js';

const {
  WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
  WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
} = proto.temporal.api.enums.v1.WorkflowTaskFailedCause;

/** What must hold in every cell. Each says what was broken, or nothing. */
type Invariant = (evidence: Evidence, word: Word) => string | null;

const ends: Invariant = ({ result, noResult }) => (result === null ? (noResult ?? 'no result') : null);

const erasedOnce: Invariant = (evidence) => {
  const markers = performed(evidence, 'rebuildInstance').map(markerIn);
  const twice = markers.find((marker, index) => markers.indexOf(marker) !== index);
  return twice === undefined ? null : `the rebuild of marker ${twice} took effect twice`;
};

const doneMeansDone: Invariant = (evidence, word) => {
  const { vm, imageAsked, marker } = evidence;
  if (word !== 'done' && word !== 'done, too late') return null;
  const own = performed(evidence, 'rebuildInstance').filter((call) => markerIn(call) === marker);
  if (own.length !== 1) return `done, and erased ${own.length} times for it`;
  return imageAsked.includes(vm.imageId) ? null : `done, and the VM has ${vm.imageId}`;
};

const inPromisedPower: Invariant = ({ vm: { status } }, word) => {
  if (word === 'left' || word === 'held') return null;
  return status === 'running' ? null : `${word}, and the VM is ${status}`;
};

const PASSING: readonly (string | null)[] = ['stopping', 'starting', 'rebuilding', null];

/** What nobody has seen since is told as unknown. */
const toldAsItIs: Invariant = ({ result, vm }, word) => {
  if (result === null) return null;
  const { power, imageAfter } = result;
  // What is left may be told on its way: it has come to rest since.
  if (word === 'left' && PASSING.includes(power.after)) return null;
  if ((power.after ?? vm.status) === vm.status && (imageAfter ?? vm.imageId) === vm.imageId) return null;
  return `told ${power.after} with ${imageAfter}, is ${vm.status} with ${vm.imageId}`;
};

/** The image that was made last before each erase. */
const backupsKept: Invariant = (evidence) => {
  const changes = changesOf(evidence);
  const erases = performed(evidence, 'rebuildInstance');
  const gone = changes.filter(({ imageId, to }) => imageId !== null && to === 'deleted').map(({ imageId }) => imageId);
  const ready = changes.filter(({ imageId, to }) => imageId !== null && to === 'ready');
  const last = erases.map((erase) => ready.findLast(({ seq }) => seq < erase.seq)?.imageId);
  const lost = last.find((imageId) => imageId != null && gone.includes(imageId));
  if (lost !== undefined) return `backup ${lost} is gone`;
  const [own] = erases.filter((call) => markerIn(call) === evidence.marker);
  if (own === undefined || isRefusal(evidence)) return null;
  const named = evidence.result?.backup?.imageId;
  return ready.some(({ imageId, seq }) => imageId === named && seq < own.seq)
    ? null
    : `the result names ${named ?? 'no backup'}, and not the one that was made before the erase`;
};

/** A task that fails is tried again for ever; the server writes down the first failure. */
const noTaskFails: Invariant = ({ stands: { history } }) => {
  const failures = (history.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => failed ?? []);
  const failed = failures.find(
    ({ cause }) =>
      cause === WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE ||
      cause === WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
  );
  return failed === undefined ? null : `a workflow task failed: ${failed.failure?.message}`;
};

const INVARIANTS: Readonly<Record<string, Invariant>> = {
  'it ends with a result': ends,
  'nothing is erased twice': erasedOnce,
  'done means done': doneMeansDone,
  'the VM has the power state promised': inPromisedPower,
  'what is told is so': toldAsItIs,
  'the backup is there, and named': backupsKept,
  'no workflow task fails': noTaskFails,
};

/** What came of a cell, and all that it broke. */
export interface Verdict {
  readonly cell: Evidence['cell'];
  readonly word: Word;
  readonly broken: readonly string[];
}

/** @param refusedReplay - why the run's history does not replay; undefined when it does */
export function judge(evidence: Evidence, refusedReplay: string | undefined): Verdict {
  const { cell, result } = evidence;
  const word = wordOf(evidence);
  const broken = Object.entries(INVARIANTS).flatMap(([name, invariant]) => {
    const why = invariant(evidence, word);
    return why === null ? [] : [`${name}: ${why}`];
  });
  const expected = ACT_TABLE.find(({ act }) => act === cell.act)?.comes[cell.moment] ?? 'none';
  const isExpected = [expected].flat().includes(word);
  return {
    cell,
    word,
    broken: [
      ...(isExpected
        ? []
        : [`came to ${word}, not ${[expected].flat().join(' or ')}: ${result?.failure?.message ?? ''}`]),
      ...broken,
      ...(refusedReplay === undefined ? [] : [`its history does not replay: ${refusedReplay}`]),
    ],
  };
}
