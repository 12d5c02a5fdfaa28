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
