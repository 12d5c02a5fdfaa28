import { FAILURE_TYPES } from '../../contracts/failures.js';
import type { CallEntry } from '../../simulator/model/journal.js';
import type { Cell, Story } from './cells.js';
import { statesSeenAt } from './history.js';
import { refusalOf } from './refusals.js';
import { isChange } from './sites.js';
import type { Evidence } from './story-run.js';
import { BYSTANDERS } from './world.js';

/** What a rebuild was put through, as far as its promises depend on it. */
export interface Trial {
  readonly story: Pick<Story, 'request' | 'ends'>;
  /** What goes wrong passes, so that the rebuild gets over it. */
  readonly isPassing: boolean;
  /** Operation that may go on being refused while the power state is restored; null for none. */
  readonly refused: string | null;
  /** Images that are the rebuild's to delete. */
  readonly oldBackups: readonly string[];
}

/** What must hold however a rebuild goes. Each says what was broken, or nothing. */
export type Invariant<Of extends Evidence = Evidence> = (evidence: Of, trial: Trial) => string | null;

/** The VM's calls of an operation that took effect. */
export const performed = ({ calls, instanceId }: Evidence, operation: string): CallEntry[] =>
  calls.filter((call) => call.operation === operation && call.instanceId === instanceId && call.performed);

const ended: Invariant = ({ result, noResult }) => {
  if (result === null) return noResult ?? 'no result';
  const type = result.failure?.type;
  if (result.outcome !== 'done' && type === undefined) return `${result.outcome} without a failure`;
  return type === undefined || FAILURE_TYPES.includes(type) ? null : `unknown failure type ${type}`;
};

const erasedOnce: Invariant = (evidence) => {
  const erased = performed(evidence, 'rebuildInstance').length;
  const intended = 1 + (evidence.result?.rollbacks?.length ?? 0);
  return erased <= intended ? null : `${erased} rebuilds took effect, ${intended} intended`;
};

const noBackupNoErase: Invariant = (evidence, { story }) => {
  const [first] = performed(evidence, 'rebuildInstance');
  if (story.request.backup !== 'image' || first === undefined) return null;
  const backup = evidence.result?.backup?.imageId;
  const ready = evidence.changes.some(
    ({ imageId, to, seq }) => imageId === backup && to === 'ready' && seq < first.seq,
  );
  return ready ? null : 'erased before a backup was ready';
};

/** It has arrived, and the cloud has not looked yet at what it asks for: a busy machine shows that. */
function isUnread({ operation, httpStatus }: CallEntry): boolean {
  return operation === 'unknown' && httpStatus === null;
}

const onlyOurs: Invariant = ({ calls, neighbours }, { oldBackups }) => {
  const mayDelete = ({ operation }: CallEntry) => operation === 'deleteImage' && oldBackups.length > 0;
  const foreign = calls.find(
    (call) => isChange(call) && !isUnread(call) && !mayDelete(call) && !neighbours.includes(call.instanceId ?? ''),
  );
  return foreign === undefined ? null : `${foreign.operation} of ${foreign.instanceId} is none of ours`;
};

const bystandersUntouched: Invariant = ({ changes }) => {
  const ids: readonly (string | null)[] = [...BYSTANDERS.vms, ...BYSTANDERS.images];
  const touched = changes.find(({ instanceId, imageId }) => ids.includes(instanceId) || ids.includes(imageId));
  return touched === undefined ? null : `bystander ${touched.instanceId ?? touched.imageId} became ${touched.to}`;
};

const oneBackupName: Invariant = (evidence) => {
  const names = new Set(performed(evidence, 'createImage').map(({ params }) => params['name']));
  return names.size <= 1 ? null : `images of ${names.size} names were made`;
};

const doneMeansDone: Invariant = (evidence) => {
  const { result, vm, imageAsked, powerBefore } = evidence;
  if (result?.outcome !== 'done') return null;
  if (performed(evidence, 'rebuildInstance').length === 0) return 'done without a rebuild';
  if (vm.imageId !== imageAsked) return `done, and the VM has ${vm.imageId}`;
  return vm.status === powerBefore ? null : `done, and the VM is ${vm.status}, not as it was`;
};

const rolledBackMeansBack: Invariant = (evidence) => {
  const { result, vm, powerBefore } = evidence;
  if (result?.failure?.type !== 'RolledBack') return null;
  const to = result.rollbacks?.at(-1)?.imageId;
  if (vm.imageId !== to) return `rolled back, and the VM has ${vm.imageId}, not ${to}`;
  return vm.status === powerBefore ? null : `rolled back, and the VM is ${vm.status}, not as it was`;
};

const toldAsItIs: Invariant = (evidence) => {
  const { result, vm } = evidence;
  if (result === null) return null;
  const told = { status: result.power.after, imageId: result.imageAfter };
  if (told.status === vm.status && told.imageId === vm.imageId) return null;
  const at = result.failure?.state?.observedAt;
  const [saw, is] = [`${told.status} with ${told.imageId}`, `${vm.status} with ${vm.imageId}`];
  if (result.outcome === 'done') return `told ${saw}, is ${is}`;
  // What could not be read any more may be told as it was last seen, or not at all; never as it was not.
  if (told.status === null)
    return told.imageId === null || told.imageId === vm.imageId ? null : `told ${saw}, is ${is}`;
  if (at == null) return `told ${saw} and not when, is ${is}`;
  const states = statesSeenAt(evidence, at);
  // The image of a VM that is being rebuilt is not told: it has another one when that is over.
  const isUsageUnknown = told.status === 'rebuilding' && told.imageId === null;
  if (states.some(({ status, imageId }) => told.status === status && (isUsageUnknown || told.imageId === imageId)))
    return null;
  return `told ${saw} at ${at}, was ${states.map(({ status, imageId }) => `${status} with ${imageId}`).join(' or ')}`;
};

const powerRestored: Invariant = (evidence, trial) => {
  const { result, vm, powerBefore } = evidence;
  if (performed(evidence, 'rebuildInstance').length > 0 || vm.status === powerBefore) return null;
  if (result === null || !struckWhileRestoring(evidence, trial))
    return `nothing erased, and the VM is left ${vm.status}`;
  return result.power.after === powerBefore ? `nothing erased, VM left ${vm.status}, and told ${powerBefore}` : null;
};

/** Whether the trial's own fault kept the old power state from coming back: the last call of the way there met it. */
function struckWhileRestoring({ result, calls }: Evidence, { refused }: Trial): boolean {
  const restoring = result?.timeline.find(({ phase }) => phase === 'restoring-power');
  if (restoring === undefined) return false;
  const since = Date.parse(restoring.startedAt);
  const ofSite = calls.filter(({ operation, at }) => operation === refused && Date.parse(at) >= since);
  return ofSite.at(-1)?.fault != null;
}

const passingIsGotOver: Invariant = ({ result }, { story, isPassing }) => {
  const ends = result?.failure?.type ?? result?.outcome;
  return !isPassing || ends === story.ends ? null : `ended ${ends}, not ${story.ends}`;
};

const askedOnce: Invariant = (evidence, { isPassing, story }) => {
  if (!isPassing) return null;
  const power = evidence.powerBefore === 'running' ? 1 : 0;
  const wanted = { stopInstance: power, rebuildInstance: story.ends === 'RolledBack' ? 2 : 1, startInstance: power };
  const wrong = Object.entries(wanted).filter(([operation, count]) => performed(evidence, operation).length !== count);
  if (wrong.length === 0) return null;
  return wrong
    .map(([operation]) => `${operation} took effect ${performed(evidence, operation).length} times`)
    .join(', ');
};

/** What holds whatever goes wrong. */
const ALWAYS: Readonly<Record<string, Invariant>> = {
  'it ends, with a result and a known failure': ended,
  'nothing is erased twice': erasedOnce,
  'no backup, no erase': noBackupNoErase,
  'no other VM is asked for anything': onlyOurs,
  'bystanders are untouched': bystandersUntouched,
  'all images made are of one backup': oneBackupName,
  'done means the image asked for, and the power state it had': doneMeansDone,
  'rolled back means the former system, and the power state it had': rolledBackMeansBack,
  'the state told is the state it was in': toldAsItIs,
  'nothing erased: the old power state is back': powerRestored,
  'a fault that passes is got over': passingIsGotOver,
  'what is got over was done as often as it should': askedOnce,
};

/** All that a rebuild broke of what holds always, and of more, in words. */
export function brokenBy<Of extends Evidence>(
  evidence: Of,
  trial: Trial,
  more: Readonly<Record<string, Invariant<Of>>> = {},
): string[] {
  return Object.entries({ ...ALWAYS, ...more }).flatMap(([name, invariant]) => {
    const broken = invariant(evidence, trial);
    return broken === null ? [] : [`${name}: ${broken}`];
  });
}

/** All that the rebuild of a cell broke. */
export function violationsOf(evidence: Evidence, cell: Cell): string[] {
  const { story, isPassing, site } = cell;
  const refusalIsTold: Invariant = ({ result }) => {
    const type = refusalOf(cell);
    const ends = result?.failure?.type ?? result?.outcome;
    // Of an attempt before that broke off a call may have been out: then a refusal of the account passes.
    const isRepeated = (result?.attempts['stop'] ?? 1) > 1;
    return type === null || ends === type || isRepeated ? null : `ended ${ends}, not ${type}`;
  };
  const trial = { story, isPassing, refused: site.operation, oldBackups: [] };
  return brokenBy(evidence, trial, { 'a refusal is told by its type': refusalIsTold });
}

/** Whether the cell's fault met a call. One that met none proves nothing. */
export function isStruck({ calls, instanceId }: Evidence, { site, story }: Cell): boolean {
  const isOfSite = (call: CallEntry) =>
    call.operation === site.operation && (site.milestone !== null || call.instanceId === instanceId);
  const struck = calls.filter((call) => isOfSite(call) && call.fault !== null).length;
  return struck > (story.trouble?.operation === site.operation ? 1 : 0);
}
