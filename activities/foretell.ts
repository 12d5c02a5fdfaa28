import type { PlanWarning } from '../contracts/rebuild-plan.js';
import { type Facts, isWindows, osOf } from './checks/facts.js';
import { hostnameOf } from '../jdcloud/schemas.js';
import { keptHostname } from './kept-hostname.js';
import { launchScriptBytes } from './metadata.js';

/**
 * What will be another beside the system disk once the rebuild is done, as far as it can be known before: what would else
 * be told after the erase, as `changed-beside`, or by nobody. Pure.
 */
export function foretoldChanges(facts: Facts): PlanWarning[] {
  return [lostKey, changedHostname, launchScript, unreadCustomData, changedPlatform, imageDataDisks].flatMap((look) =>
    look(facts),
  );
}

function lostKey({ instance, request }: Facts): PlanWarning[] {
  const keys = instance.keyNames ?? [];
  if (keys.length === 0 || (request.keyNames ?? []).length > 0) return [];
  const message = `The key ${keys.join(', ')} is taken off the VM: the rebuild names none. Say keyNames to keep it.`;
  return [{ code: 'key-lost', message }];
}

function changedHostname({ instance, request, image }: Facts): PlanWarning[] {
  if (request.hostname !== undefined || image === null) return [];
  const now = hostnameOf(instance);
  if (keptHostname(now, image) !== null) return [];
  const why = now
    ? `Its host name ${now} is none that JD Cloud takes for ${isWindows(image) ? 'Windows' : 'Linux'}`
    : 'JD Cloud does not tell its host name';
  const message = `${why}, so that it cannot be sent along: JD Cloud makes one of the VM's name. Say hostname to have another.`;
  return [{ code: 'host-name-changed', message }];
}

function launchScript({ customData, request }: Facts): PlanWarning[] {
  const bytes = launchScriptBytes(customData);
  if (bytes === null || request.userdata !== undefined) return [];
  const message = `The VM has a launch script of ${bytes} bytes from before, which JD Cloud runs again, as root or administrator, at the first start after a rebuild. Say userdata to put another in its place.`;
  return [{ code: 'launch-script-runs', message }];
}

function unreadCustomData({ customData }: Facts): PlanWarning[] {
  if (customData !== null) return [];
  const message =
    "The VM's metadata and launch script may not be read: nobody can tell whether a script runs again at the first start, or whether JD Cloud keeps the metadata.";
  return [{ code: 'custom-data-unread', message }];
}

function changedPlatform(facts: Facts): PlanWarning[] {
  const [before, after] = [osOf(facts), facts.image === null ? null : isWindows(facts.image) ? 'windows' : 'linux'];
  if (before === null || after === null || before === after) return [];
  const message = `The VM goes from ${before === 'windows' ? 'Windows to Linux' : 'Linux to Windows'}: it is entered another way, and what is on its data disks may not be readable for the new system.`;
  return [{ code: 'platform-changed', message }];
}

function imageDataDisks({ image }: Facts): PlanWarning[] {
  const count = image?.dataDisks?.length ?? 0;
  if (count === 0) return [];
  const message = `The image holds ${count === 1 ? 'a data disk' : `${count} data disks`} too, which a rebuild does not put on: it replaces the system disk alone.`;
  return [{ code: 'image-data-disks', message }];
}
