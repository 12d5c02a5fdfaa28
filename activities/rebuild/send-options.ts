import { hostnameProblem } from '../../jdcloud/parameter-rules.js';
import { hostnameOf, type Image } from '../../jdcloud/schemas.js';
import type { RebuildOptions } from '../../jdcloud/vm-api.js';
import { SecretError } from '../../secrets/bounded-files.js';
import type { SecretReader } from '../../secrets/secret-reader.js';
import { type Facts, isWindows } from '../checks/facts.js';
import { hasRoomForMarker, markedMetadata, mergeMetadata, ownMetadata } from '../checks/metadata.js';
import type { RebuildTarget } from '../decisions/landing.js';
import { observe, toVmState } from '../decisions/observation.js';
import { failure } from '../runtime/failure.js';

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

/**
 * The host name that is sent along where the request names none, so that the VM keeps its own: JD Cloud would make one of
 * the VM's name. Null where there is none, or where JD Cloud would not take it for the system of the image.
 */
export function keptHostname(hostname: string | null | undefined, image: Image | null): string | null {
  if (!hostname) return null;
  return hostnameProblem(hostname, isWindows(image) ? 'windows' : 'linux') === null ? hostname : null;
}

/**
 * The facts with the password that goes into the call. One that is generated is made and handed to its sink here and
 * nowhere else: so it belongs right before the call, after the last thing that could keep the call back. What the sink
 * has taken cannot be taken back either: an attempt that another one has replaced hands nothing over.
 * @param confirm - asked before that
 * @throws ApplicationFailure ValidationFailed when the sink does not take it · what `confirm` throws
 */
export async function withPasswordToSend(
  secrets: SecretReader,
  facts: Facts,
  { vm, marker }: RebuildTarget,
  confirm: () => Promise<void>,
): Promise<Facts> {
  const { request, password } = facts;
  if (request.passwordRef === undefined || password === undefined || !('isGenerated' in password)) return facts;
  await confirm();
  try {
    return { ...facts, password: { value: await secrets.read(request.passwordRef, vm, marker) } };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const message = `Password: ${error.message}. Nothing was sent to JD Cloud.`;
    const issues = [{ code: 'password' as const, field: 'passwordRef', message }];
    const observed = toVmState(observe(facts.instance, facts.now));
    throw failure('ValidationFailed', message, { details: { observed, callMayBeInFlight: false, issues } });
  }
}
