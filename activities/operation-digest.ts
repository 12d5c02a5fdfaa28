import { canonicalDigest } from '../contracts/canonical-digest.js';

/** Characters of the digest of a marker: ten thousand of them fit into the input of a fleet. */
const LENGTH = 16;

/** Tells the operations apart that a VM carries the markers of; empty for a VM that carries none. */
export function operationDigest(marker: string | null): string {
  return marker === null ? '' : canonicalDigest(marker).slice(0, LENGTH);
}
