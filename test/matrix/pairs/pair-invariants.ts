import type { ChangeEntry } from '../../../simulator/model/journal.js';
import { brokenBy, type Invariant, performed } from '../invariants.js';
import { isChange } from '../sites.js';
import { isPassing } from './pair-cells.js';
import type { PairEvidence } from './play-pairs.js';

type PairInvariant = Invariant<PairEvidence>;

/** The first change that a call brings about: what comes after it was under way already. */
const FIRST_CHANGE = ['stopping', 'starting', 'rebuilding', 'deleted'];

/** By the clocks of a server and a simulator on one machine. */
const SLACK_MS = 100;

const nothingAfterTheEnd: PairInvariant = ({ result, calls, changes }) => {
  if (result === null) return null;
  const endedAt = Date.parse(result.finishedAt) + SLACK_MS;
  const isLate = ({ at }: { readonly at: string }) => Date.parse(at) > endedAt;
  const call = calls.find((each) => isChange(each) && each.performed && isLate(each));
  if (call !== undefined) return `${call.operation} came at ${call.at}, and it had ended at ${result.finishedAt}`;
  const change = changes.find((each) => FIRST_CHANGE.includes(each.to) && isLate(each));
  return change === undefined
    ? null
    : `${change.to} by ${change.by} at ${change.at}, and it had ended at ${result.finishedAt}`;
};

const lockOutlivesCalls: PairInvariant = ({ outAtEnd }) =>
  outAtEnd.length === 0 ? null : `it had ended, and ${outAtEnd.join(', ')} was still on its way`;

const erasedIsTold: PairInvariant = (evidence) => {
  const { result } = evidence;
  if (result === null || performed(evidence, 'rebuildInstance').length === 0) return null;
  if (result.outcome === 'cancelled') return 'erased, and told as cancelled';
  const isTakenBack = result.timeline.some(({ phase }) => phase === 'restoring-power');
  const isRolledBack = (result.rollbacks ?? []).length > 0;
  return isTakenBack && !isRolledBack ? 'erased, and its power state given back as if it had not been' : null;
};

/** Images that have come to be, or are gone, by calls of this operation. */
function imagesBy(changes: readonly ChangeEntry[], by: string, to: string): string[] {
  return changes.flatMap((each) => (each.by === by && each.to === to ? (each.imageId ?? []) : []));
}

const backupIsTold: PairInvariant = ({ result, changes }) => {
  const made = imagesBy(changes, 'createImage', 'ready');
  if (result === null || made.length === 0) return null;
  const named = result.backup?.imageId;
  if (named === undefined) return `image ${made.join(', ')} was made, and the result names none`;
  return made.includes(named) ? null : `the result names ${named}, and ${made.join(', ')} was made`;
};

const noSuchBackup: PairInvariant = ({ result, changes }) => {
  const backup = result?.backup;
  if (backup?.status !== 'ready') return null;
  return imagesBy(changes, 'createImage', 'ready').includes(backup.imageId) ? null : `${backup.imageId} is not there`;
};

const pruningIsTold: PairInvariant = ({ result, changes, oldBackupId }) => {
  const deleted = changes.flatMap(({ imageId, to }) => (to === 'deleted' ? (imageId ?? []) : []));
  const foreign = deleted.find((imageId) => imageId !== oldBackupId);
  if (foreign !== undefined) return `${foreign} was deleted, and is none of the old backups`;
  const told = result?.backup?.pruned ?? [];
  const untold = deleted.filter((imageId) => !told.includes(imageId));
  const isInDoubt = result?.warnings.some(({ code }) => code === 'backup-not-pruned') === true;
  if (result !== null && untold.length > 0 && !isInDoubt)
    return `${untold.join(', ')} was deleted, and the result does not say so`;
  const kept = told.filter((imageId) => !deleted.includes(imageId));
  return kept.length === 0 ? null : `told to be deleted, and there: ${kept.join(', ')}`;
};

/** What holds for a pair beside all that holds always. */
const OF_PAIRS: Readonly<Record<string, PairInvariant>> = {
  'nothing takes effect after the end': nothingAfterTheEnd,
  'the lock outlives every call': lockOutlivesCalls,
  'what was erased is told as erased': erasedIsTold,
  'a backup that was made is named': backupIsTold,
  'a backup that is named was made': noSuchBackup,
  'what was deleted is told, and nothing else': pruningIsTold,
};

/** All that the rebuild of a pair broke. */
export function pairViolationsOf(evidence: PairEvidence): string[] {
  const { cell, oldBackupId } = evidence;
  const trial = {
    story: cell.call.story,
    isPassing: isPassing(cell),
    refused: null,
    oldBackups: cell.call.operation === 'deleteImage' || cell.call.operation === 'createImage' ? [oldBackupId] : [],
  };
  return brokenBy(evidence, trial, OF_PAIRS);
}
