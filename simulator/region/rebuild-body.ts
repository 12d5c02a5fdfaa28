import { createHash } from 'node:crypto';
import * as z from 'zod';
import { invalidArgument } from '../model/api-error.js';

const MAX_PAIRS = 40;
const MAX_KEY_LENGTH = 256;
const MAX_BYTES = 16 * 1024;

/** A list of pairs as it comes in a body; null stands for absent. */
export const Pairs = z.array(z.looseObject({ key: z.string(), value: z.string() })).nullish();
export type Pair = { readonly key: string; readonly value: string };

/** At most 40 pairs; keys up to 256 characters, not ending in a dash, once each whatever the case; values up to 16 KB. */
export function checkMetadata(pairs: readonly Pair[]): void {
  if (pairs.length > MAX_PAIRS) throw invalidArgument(`Add metadata key-value count more than ${MAX_PAIRS} pairs.`);
  const keys = new Set(pairs.map(({ key }) => key.toLowerCase()));
  if (keys.size !== pairs.length) throw invalidArgument('Duplicate metadata key');
  for (const { key, value } of pairs) {
    const isKey = key.length > 0 && key.length <= MAX_KEY_LENGTH && !key.endsWith('-');
    if (!isKey) throw invalidArgument(`Invalid metadata key '${key.slice(0, MAX_KEY_LENGTH)}'`);
    if (Buffer.byteLength(value) > MAX_BYTES) throw invalidArgument(`Invalid metadata value of '${key}'`);
  }
}

/** Only `launch-script`, in base64 of at most 16 KB before encoding. */
export function checkUserdata(pairs: readonly Pair[]): void {
  if (pairs.length > 1) throw invalidArgument('Invalid userdata');
  for (const { key, value } of pairs) {
    if (key !== 'launch-script') throw invalidArgument(`Invalid userdata key '${key}'`);
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64') !== value || bytes.length > MAX_BYTES) throw invalidArgument('Invalid userdata value');
  }
}

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
