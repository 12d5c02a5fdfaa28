import { isIP } from 'node:net';
import { fillPlaceholders, type Placeholder, PLACEHOLDERS } from '../../contracts/health-check.js';
import type { Instance } from '../../jdcloud/schemas.js';

/** What the placeholders of a check stand for. Null: the VM has none. */
export type VmPlace = Readonly<Record<Placeholder, string | null>>;

const NAMES: Record<Placeholder, string> = {
  privateIp: 'private IP address',
  elasticIp: 'elastic IP address',
  instanceId: 'id',
};

/** Takes from JD Cloud's object where the VM is. What is no IP address is none: it goes into URLs and arguments. */
export function placeOf({ instanceId, privateIpAddress, elasticIpAddress }: Instance): VmPlace {
  return { instanceId, privateIp: ipOrNull(privateIpAddress), elasticIp: ipOrNull(elasticIpAddress) };
}

function ipOrNull(address: string | null | undefined): string | null {
  return address != null && isIP(address) !== 0 ? address : null;
}

/** What a text asks for that the VM has not, in words; null when it has all of it. */
export function missingFor(text: string, place: VmPlace): string | null {
  const missing = PLACEHOLDERS.find((name) => place[name] === null && text.includes(`{${name}}`));
  return missing === undefined ? null : NAMES[missing];
}

/** A host or argument with the VM's own values in it. Nothing where the VM has none: ask {@link missingFor} first. */
export function fillText(text: string, place: VmPlace): string {
  return fillPlaceholders(text, (name) => place[name] ?? '');
}

/** The same for a URL, in which an IPv6 address stands in brackets. */
export function fillUrl(text: string, place: VmPlace): string {
  return fillPlaceholders(text, (name) => {
    const value = place[name] ?? '';
    return isIP(value) === 6 ? `[${value}]` : value;
  });
}
