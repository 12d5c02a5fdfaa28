import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Pairs, type Pair } from './custom-data-rules.js';

/** Body of rebuildInstance as JD Cloud reads it. */
export const RebuildBody = z.looseObject({
  password: z.string().nullish(),
  imageId: z.string().nullish(),
  keyNames: z.array(z.string()).nullish(),
  hostname: z.string().nullish(),
  metadata: Pairs,
  userdata: Pairs,
  passWordAuth: z.string().nullish(),
  imageInherit: z.string().nullish(),
});
export type RebuildBody = z.output<typeof RebuildBody>;

/** What an accepted rebuild does to the VM; null leaves things to the assumptions. */
export interface RebuildOrder {
  readonly imageId: string;
  readonly keyNames: readonly string[];
  readonly hostname: string | null;
  readonly metadata: readonly Pair[] | null;
  readonly userdata: readonly Pair[] | null;
  readonly passwordSha256: string | null;
}

/** The order that a checked body amounts to. An empty text counts as absent. */
export function orderOf(body: RebuildBody, imageId: string): RebuildOrder {
  const bare = (pairs: RebuildBody['metadata']) => pairs?.map(({ key, value }) => ({ key, value })) ?? null;
  return {
    imageId,
    keyNames: body.keyNames ?? [],
    hostname: body.hostname || null,
    metadata: bare(body.metadata),
    userdata: bare(body.userdata),
    passwordSha256: body.password ? createHash('sha256').update(body.password).digest('hex') : null,
  };
}
