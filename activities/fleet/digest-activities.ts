import { canonicalDigest } from '../../contracts/canonical-digest.js';

/** Reckons digests for workflows, whose sandbox has no node:crypto. */
export const digestActivities = {
  /** SHA-256, in hex, over the canonical JSON of a value. */
  digest: async (value: unknown): Promise<string> => canonicalDigest(value),
};
