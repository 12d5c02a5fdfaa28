import { createHash, randomBytes } from 'node:crypto';

/** A fresh id in JD Cloud's form, for example `vol-3k9d0a7c1f`. */
export function freshId(prefix: 'vol' | 'img' | 'snapshot'): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** An id that is always the same for the same owner, so that builders give stable machines. */
export function derivedId(prefix: string, owner: string): string {
  return `${prefix}-${createHash('sha256').update(`${prefix} ${owner}`).digest('hex').slice(0, 10)}`;
}

/** A request id: 32 lower-case hex digits, as the VM service sends them. */
export function freshRequestId(): string {
  return randomBytes(16).toString('hex');
}

/**
 * The host name that a VM of this name gets where none is asked for: letters, digits and single dashes between them, as
 * RFC 952 and 1123 want.
 */
export function hostnameFrom(instanceName: string): string {
  const name = instanceName.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return name.length < 2 ? 'host' : name.slice(0, 64);
}
