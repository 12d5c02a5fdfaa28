import { createSecretKey, type KeyObject } from 'node:crypto';
import { SECRET_FORMS, SecretRef } from '../../contracts/secret-ref.js';

/** The variable that turns payload encryption on, for worker, library and CLI alike. */
export const CODEC_KEYS_VARIABLE = 'REIMAGE_CODEC_KEYS';

// Either way 32 bytes, as AES-256 wants them.
const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/** Key ids stand in clear in every history. */
const KEY_ID = /^[\w.-]{1,64}$/;

export interface CodecKey {
  readonly id: string;
  readonly secret: KeyObject;
}

/** The first encrypts, all decrypt. */
export type CodecKeys = readonly [CodecKey, ...CodecKey[]];

/** Turns a secret reference into the secret. */
export type ReadSecret = (ref: SecretRef) => Promise<string>;

/**
 * Reads the keys that payloads are encrypted with: `REIMAGE_CODEC_KEYS=KEYID=REF,KEYID=REF`, where each reference gives
 * 32 bytes in base64 or hex. Null when the variable is absent or empty: encryption is off.
 * @throws Error that names the entry, or the key id once the rest of the entry is a reference; never what was written
 * there, since people put the key itself here by mistake
 */
export async function readCodecKeys(
  env: Readonly<Record<string, string | undefined>>,
  readSecret: ReadSecret,
): Promise<CodecKeys | null> {
  const written = env[CODEC_KEYS_VARIABLE];
  if (written === undefined || written === '') return null;
  const entries = written.split(',').map((entry, index) => parseEntry(entry.trim(), index + 1));
  const twice = entries.find(({ id }, index) => entries.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) throw wrong(`key id ${twice.id} stands there twice`);
  const [first, ...others] = await Promise.all(entries.map((entry) => readKey(entry, readSecret)));
  if (first === undefined) throw wrong('there is no key');
  return [first, ...others];
}

interface Entry {
  readonly id: string;
  readonly ref: SecretRef;
}

function parseEntry(entry: string, position: number): Entry {
  const [, id = '', written = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
  const ref = SecretRef.safeParse(written);
  if (!KEY_ID.test(id) || !ref.success) {
    throw wrong(`entry ${position} must be KEYID=REF, with REF ${SECRET_FORMS}`);
  }
  return { id, ref: ref.data };
}

async function readKey({ id, ref }: Entry, readSecret: ReadSecret): Promise<CodecKey> {
  let text: string;
  try {
    text = (await readSecret(ref)).trim();
  } catch (error) {
    throw wrong(`key ${id}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const bytes = bytesOf(text);
  if (bytes === null) throw wrong(`key ${id}: the reference must give 32 bytes in base64 or hex`);
  return { id, secret: createSecretKey(bytes) };
}

/** Hex first: 64 hex characters are base64 too, of something longer. */
function bytesOf(text: string): Buffer | null {
  if (HEX.test(text)) return Buffer.from(text, 'hex');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}

function wrong(what: string, cause?: unknown): Error {
  return new Error(`${CODEC_KEYS_VARIABLE}: ${what}.`, cause === undefined ? {} : { cause });
}
