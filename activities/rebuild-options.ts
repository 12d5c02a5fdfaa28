import { OPERATION_MARKER_KEY } from '../contracts/names.js';
import type { RebuildOptions } from '../jdcloud/vm-api.js';
import type { Facts } from './checks/facts.js';
import { hasRoomForMarker, mergeMetadata, ownMetadata } from './metadata.js';
import type { RebuildTarget } from './rebuild-evidence.js';

/**
 * The body of rebuildInstance. Its metadata carries the VM's own pairs, so that nothing of the user's is lost, the
 * pairs asked for, and our marker where there is room. Whether JD Cloud keeps pairs that are not sent is unknown: so
 * all are sent.
 */
export function toRebuildOptions({ request, password, customData }: Facts, target: RebuildTarget): RebuildOptions {
  const { keyNames, hostname, userdata, passWordAuth, imageInherit } = request;
  const pairs = mergeMetadata(ownMetadata(customData), request.metadata);
  const marked = target.markerUsable && hasRoomForMarker(pairs);
  const metadata = marked ? [...pairs, { key: OPERATION_MARKER_KEY, value: target.marker }] : pairs;
  return {
    imageId: target.imageId,
    ...(password !== undefined && 'value' in password && { password: password.value }),
    ...(keyNames !== undefined && { keyNames }),
    ...(hostname !== undefined && { hostname }),
    ...(userdata !== undefined && { userdata }),
    ...(passWordAuth !== undefined && { passWordAuth }),
    ...(imageInherit !== undefined && { imageInherit }),
    ...(metadata.length > 0 && customData !== null && { metadata }),
    ...(customData === null && request.metadata !== undefined && { metadata: request.metadata }),
  };
}
