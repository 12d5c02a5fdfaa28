import { isRollbackOf } from '../../contracts/names.js';
import { type BeforeCall, isAsLeft } from './before-call.js';
import type { RebuildTarget } from './landing.js';

/** The VM and its metadata as they are read straight before the rebuild call. */
export interface BeforeRebuild extends Omit<BeforeCall, 'expectedImageId'> {
  readonly target: RebuildTarget;
  /** The marker that it carries; null for none, or where its metadata cannot be read. */
  readonly marker: string | null;
  readonly canReadMetadata: boolean;
  readonly hasRoomForMarker: boolean;
  /** What does not fit any more: image, protection, window and the like. */
  readonly hasIssues: boolean;
}

/**
 * What keeps the rebuild call from being made, or `call`:
 *
 * - `was-there`: the VM carries our marker. Only a run that took another's place can find it here: a reset, or two starts
 *   by one request id
 * - `rolled-back`: this operation has rebuilt it and taken that back
 * - `unknown`: an earlier run may have rebuilt it, and nothing would show
 * - `error`, `changed`, `between`: it is not as we left it, see {@link isAsLeft}
 * - `issues`, `no-metadata`, `no-room`: what was checked before the stop does not hold any more, or the marker that tells
 *   a lost answer cannot be written
 */
export type BeforeRebuildVerdict =
  | 'was-there'
  | 'rolled-back'
  | 'unknown'
  | 'error'
  | 'changed'
  | 'between'
  | 'issues'
  | 'no-metadata'
  | 'no-room'
  | 'call';

/** Decides on the rebuild call by the last look before it. */
export function beforeRebuildCall(facts: BeforeRebuild): BeforeRebuildVerdict {
  const { target, marker, canReadMetadata } = facts;
  if (marker === target.marker) return 'was-there';
  if (marker !== null && isRollbackOf(marker, target.marker)) return 'rolled-back';
  if (target.isRerun === true && !target.markerUsable) return 'unknown';
  const left = isAsLeft({ ...facts, expectedImageId: target.before.imageId });
  if (left !== 'yes') return left;
  if (facts.hasIssues) return 'issues';
  if (!target.markerUsable) return 'call';
  if (!canReadMetadata) return 'no-metadata';
  return facts.hasRoomForMarker ? 'call' : 'no-room';
}
