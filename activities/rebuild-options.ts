import type { RebuildOptions } from '../jdcloud/vm-api.js';
import type { Facts } from './checks/facts.js';
import { hostnameOf } from '../jdcloud/schemas.js';
import { keptHostname } from './kept-hostname.js';
import { hasRoomForMarker, markedMetadata, mergeMetadata, ownMetadata } from './metadata.js';
import type { RebuildTarget } from './decisions/landing.js';

/** The body of rebuildInstance. */
export function toRebuildOptions(facts: Facts, target: RebuildTarget): RebuildOptions {
  const { userdata } = facts.request;
  return {
    imageId: target.imageId,
    ...loginOf(facts, target),
    ...(userdata !== undefined && { userdata }),
    ...metadataOf(facts, target),
  };
}

function loginOf({ request, password, image, instance }: Facts, { hostname: toKeep }: RebuildTarget): RebuildOptions {
  const { keyNames, passWordAuth, imageInherit } = request;
  const hostname = request.hostname ?? keptHostname(toKeep === undefined ? hostnameOf(instance) : toKeep, image);
  return {
    ...(password !== undefined && 'value' in password && { password: password.value }),
    ...(keyNames !== undefined && { keyNames }),
    ...(hostname !== null && { hostname }),
    ...(passWordAuth !== undefined && { passWordAuth }),
    ...(imageInherit !== undefined && { imageInherit }),
  };
}

/**
 * The VM's own pairs, so that nothing of the user's is lost, the pairs asked for, and our marker where there is room.
 * Whether JD Cloud keeps pairs that are not sent is unknown: so all are sent, or, where they could not be read, none.
 */
function metadataOf({ request, customData }: Facts, target: RebuildTarget): RebuildOptions {
  if (customData === null) return {};
  const pairs = mergeMetadata(ownMetadata(customData), request.metadata);
  const isMarked = target.markerUsable && hasRoomForMarker(pairs);
  const metadata = isMarked ? markedMetadata(pairs, customData, target.marker) : pairs;
  return metadata.length === 0 ? {} : { metadata };
}
