import { misfitFailureType } from '../contracts/misfit-type.js';
import type { Misfit } from '../contracts/rebuild-plan.js';
import type { Facts } from './checks/facts.js';
import { findMisfits } from './checks/find-misfits.js';
import type { RebuildTarget } from './decisions/landing.js';
import { beforeRebuildCall } from './decisions/rebuild-call.js';
import { busy, failure } from './failure.js';
import { hasRoomForMarker, markerOf, mergeMetadata, ownMetadata } from './metadata.js';
import { type Observation, observe, toVmState } from './observation.js';
import { refuseUnlessStopped } from './still-stopped.js';
import type { Timing } from './timing.js';

/**
 * Judges everything again right before the rebuild call: images get deleted and people press buttons while a VM stops.
 * @returns whether the call is to be made, or was made before, by the marker on the VM
 * @throws ApplicationFailure what {@link beforeRebuildCall} refuses it for
 */
export function refuseRebuild(facts: Facts, target: RebuildTarget, timing: Timing): 'was-there' | 'call' {
  const { customData, request } = facts;
  const seen = observe(facts.instance, facts.now);
  const misfits = findMisfits(facts);
  const verdict = beforeRebuildCall({
    ...seen,
    target,
    marker: markerOf(customData),
    canReadMetadata: customData !== null,
    hasRoomForMarker: hasRoomForMarker(mergeMetadata(ownMetadata(customData), request.metadata)),
    hasMisfits: misfits.length > 0,
  });
  const details = { observed: toVmState(seen), callMayBeOut: false };
  switch (verdict) {
    case 'was-there':
    case 'call':
      return verdict;
    case 'unknown':
      throw outcomeUnknown(seen);
    case 'no-metadata':
      throw busy("The VM's metadata cannot be read any more, so no marker can be written.", timing, details);
    case 'rolled-back':
      throw unfit([ROLLED_BACK], details);
    case 'no-room':
      throw unfit([NO_ROOM], details);
    case 'misfits':
      throw unfit(misfits, details);
    default:
      refuseUnlessStopped(seen, { before: 'the rebuild call', imageId: target.before.imageId, timing, details });
      throw new Error(`${verdict}, and stopped as it was left`);
  }
}

const ROLLED_BACK: Misfit = {
  code: 'already-rebuilt',
  field: 'requestId',
  message: 'This operation rebuilt the VM and was rolled back: ask for a new rebuild instead.',
};

/** The plan counts on the marker to tell a lost answer: without it the call must not go out. */
const NO_ROOM: Misfit = {
  code: 'metadata',
  field: null,
  message: "The VM's metadata was filled up meanwhile: there is no room for the marker that tells a lost answer.",
};

function unfit(misfits: readonly Misfit[], details: object): Error {
  const reasons = misfits.map(({ message }) => message).join(' ');
  return failure(misfitFailureType(misfits), reasons, { details: { ...details, misfits: [...misfits] } });
}

/** Nobody can tell whether a rebuild call has landed. */
export function outcomeUnknown(seen: Observation): Error {
  return failure(
    'RebuildOutcomeUnknown',
    `The answer to the rebuild call was lost. The VM is ${seen.status} with image ${seen.imageId}, as it was before, and would be so either way.`,
    { details: { observed: toVmState(seen), callMayBeOut: true } },
  );
}
