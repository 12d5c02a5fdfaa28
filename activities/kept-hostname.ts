import { hostnameProblem } from '../jdcloud/hostname-rules.js';
import type { Image } from '../jdcloud/schemas.js';
import { isWindows } from './checks/facts.js';

/**
 * The host name that is sent along where the request names none, so that the VM keeps its own: JD Cloud would make one of
 * the VM's name. Null where there is none, or where JD Cloud would not take it for the system of the image.
 */
export function keptHostname(hostname: string | null | undefined, image: Image | null): string | null {
  if (!hostname) return null;
  return hostnameProblem(hostname, isWindows(image) ? 'windows' : 'linux') === null ? hostname : null;
}
