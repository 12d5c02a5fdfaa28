import { OPERATION_MARKER_KEY } from '../../contracts/names.js';
import type { CallEntry } from '../../simulator/model/journal.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import type { Ended } from './play-walk.js';
import type { Stage } from './stage.js';

/** At most one erase for each that was intended, each onto an image that the result names, and none without its backup. */
export function judgeErases(cloud: Simulator, ended: Ended): string[] {
  const { rebuild, result } = ended;
  const { instanceId, targetImageId, member } = rebuild;
  const rollbacks = result.rollbacks ?? [];
  const erases = cloud.journal.calls({ operation: 'rebuildInstance', instanceId, performed: true });
  const intended = [targetImageId, ...rollbacks.map(({ imageId }) => imageId)];
  const violations = landedTwice(erases);
  if (rebuild.resets > 0) return [...violations, ...judgeErasesOfResets(erases, ended)];
  if (erases.length > intended.length) violations.push(`erased ${erases.length} times, ${intended.length} intended`);
  for (const imageId of new Set(erases.map(imageOf))) {
    const [done, named] = [count(erases.map(imageOf), imageId), count(intended, imageId)];
    if (done > named) violations.push(`erased ${done} times onto ${imageId}, ${named} intended`);
  }
  const [first] = erases;
  if (first === undefined) return violations;
  if (result.outcome === 'cancelled') violations.push('erased, and told as cancelled');
  if (!result.timeline.some(({ phase }) => phase === 'rebuilding')) violations.push('erased before its phase');
  if (member.backup === 'image' && !hadBackup(cloud, first, result.backup?.imageId))
    violations.push('erased without a backup that was ready');
  return violations;
}

function landedTwice(erases: readonly CallEntry[]): string[] {
  const markers = erases.map(markerOf).filter((marker) => marker !== null);
  return [...new Set(markers)].filter((marker) => count(markers, marker) > 1).map((marker) => `${marker} landed twice`);
}

/**
 * The rollbacks of runs that were reset stand in no result. So the markers tell what was intended, and where none can be
 * written, nothing was to be sent that may have been sent before.
 */
function judgeErasesOfResets(erases: readonly CallEntry[], { rebuild, result }: Ended): string[] {
  const { targetImageId, member } = rebuild;
  const onto = count(erases.map(imageOf), targetImageId);
  const most = targetImageId === rebuild.formerImageId && member.onFailure !== 'leave' ? 2 + rebuild.resets : 1;
  return [
    ...(onto > most ? [`erased ${onto} times onto ${targetImageId}, and reset ${rebuild.resets} times`] : []),
    ...(erases.length > 1 && member.onFailure === 'leave' ? [`erased ${erases.length} times`] : []),
    ...(erases.length > 0 && result.outcome === 'cancelled' ? ['erased, and told as cancelled'] : []),
  ];
}

/** What was done to VMs and images that nobody asked for. */
export function judgeBystanders({ cloud: { journal }, bystanders }: Stage): string[] {
  const vms = bystanders.instanceIds.filter((instanceId) => {
    const calls = journal.calls({ instanceId }).filter(({ operation }) => !operation.startsWith('describe'));
    return calls.length > 0 || journal.changes({ instanceId }).length > 0;
  });
  const images = bystanders.imageIds.filter((imageId) => journal.changes({ imageId }).length > 0);
  return [...vms, ...images].map((id) => `${id}: nobody asked for it, and something was done to it`);
}

function hadBackup({ journal }: Simulator, { seq }: CallEntry, imageId: string | undefined): boolean {
  if (imageId === undefined) return false;
  return journal.changes({ imageId, to: 'ready', by: 'createImage' }).some((change) => change.seq < seq);
}

function count<T>(all: readonly T[], one: T): number {
  return all.filter((each) => each === one).length;
}

function imageOf({ params }: CallEntry): string {
  return typeof params['imageId'] === 'string' ? params['imageId'] : 'no image';
}

function markerOf({ params: { metadata } }: CallEntry): string | null {
  if (!Array.isArray(metadata)) return null;
  const pairs: readonly unknown[] = metadata;
  const pair = pairs.find(
    (each) => typeof each === 'object' && each !== null && Reflect.get(each, 'key') === OPERATION_MARKER_KEY,
  );
  return pair === undefined ? null : String(Reflect.get(Object(pair), 'value'));
}
