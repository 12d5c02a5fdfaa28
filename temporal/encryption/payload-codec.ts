import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  ApplicationFailure,
  type DataConverter,
  defaultPayloadConverter,
  type Payload,
  type PayloadCodec,
} from '@temporalio/common';
import { decode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import proto from '@temporalio/proto';
import * as z from 'zod';
import type { FailureType } from '../../contracts/failures.js';
import { Unreadable } from '../../contracts/task-failure.js';
import { CODEC_KEYS_VARIABLE, type CodecKey, type CodecKeys } from './codec-keys.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const CIPHER = 'aes-256-gcm';
/** What GCM is made for; random ones are safe for 2^32 payloads a key (NIST SP 800-38D, 8.3). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

// The names of Temporal's own samples, which its tools know.
const ENCODING_KEY = 'encoding';
const KEY_ID_KEY = 'encryption-key-id';
const ENCRYPTED = 'binary/encrypted';

/** Soon, and always after the same pause: another worker may have the key, and deadlines go on counting. */
const RETRY_AFTER_MS = 2_000;

/**
 * A payload that these keys do not decrypt. The message names the key id and never holds data.
 *
 * A failure of Temporal's, so that an attempt at an activity whose input a worker cannot decode ends as
 * `PayloadUnreadable`, and is repeated: nothing of ours has run then. A workflow's task fails by it, not the workflow.
 */
export class PayloadCodecError extends ApplicationFailure {
  readonly keyId: string;

  constructor(message: string, keyId: string) {
    super(message, UNREADABLE, false, undefined, undefined, RETRY_AFTER_MS);
    this.keyId = keyId;
  }
}

/** What is said of an encrypted payload where there are no keys. */
export const ENCRYPTED_IN_CLEAR = 'What this namespace holds is encrypted.';

/** Whether a payload was encrypted by a codec of ours. */
export function isEncrypted(payload: Payload): boolean {
  return textOf(payload, ENCODING_KEY) === ENCRYPTED;
}

/** The id of the key that a payload was encrypted by, short and harmless; null for one that is not encrypted. */
export function keyIdOf(payload: Payload): string | null {
  return isEncrypted(payload) ? short(textOf(payload, KEY_ID_KEY)) : null;
}

/** A codec that says the ids of its keys; the first encrypts. */
export interface KeyedCodec extends PayloadCodec {
  readonly keyIds: readonly string[];
}

const UNREADABLE: FailureType = 'PayloadUnreadable';

/**
 * Encrypts whole payloads, metadata included, by AES-256-GCM. The data of an encrypted one is the nonce (12 bytes), the
 * ciphertext and the tag (16 bytes); its metadata names the key, and the tag covers that name.
 *
 * A payload that is not encrypted is decoded to itself, so that what was written before encryption was turned on stays
 * readable. `decode` throws a {@link PayloadCodecError}.
 */
export function createPayloadCodec(keys: CodecKeys): KeyedCodec {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const [current] = keys;
  return {
    keyIds: keys.map(({ id }) => id),
    encode: async (payloads) => payloads.map((payload) => encrypt(payload, current)),
    decode: async (payloads) => payloads.map((payload) => decrypt(payload, byId)),
  };
}

function encrypt(payload: Payload, { id, secret }: CodecKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(id));
  const plain = PayloadMessage.encode(payload).finish();
  return {
    metadata: { [ENCODING_KEY]: Buffer.from(ENCRYPTED), [KEY_ID_KEY]: Buffer.from(id) },
    data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, CodecKey>): Payload {
  if (!isEncrypted(payload)) return payload;
  const id = textOf(payload, KEY_ID_KEY);
  const key = keys.get(id);
  if (key === undefined) {
    throw new PayloadCodecError(
      `A payload is encrypted by key ${shown(id)}, which ${CODEC_KEYS_VARIABLE} lacks.`,
      short(id),
    );
  }
  try {
    return PayloadMessage.decode(open(Buffer.from(payload.data ?? []), key));
  } catch {
    throw new PayloadCodecError(
      `A payload encrypted by key ${shown(id)} does not decrypt: it was changed, or its key was another of the same id.`,
      short(id),
    );
  }
}

function open(data: Buffer, { id, secret }: CodecKey): Buffer {
  const nonce = data.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(id));
  decipher.setAuthTag(data.subarray(Math.max(NONCE_BYTES, data.length - TAG_BYTES)));
  return Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

function boundTo(keyId: string): Buffer {
  return Buffer.from(`${ENCRYPTED}\n${keyId}`);
}

function textOf({ metadata }: Payload, key: string): string {
  const value = metadata?.[key];
  return value === undefined ? '' : Buffer.from(value).toString('utf8');
}

/** An id from outside. */
function short(id: string): string {
  return id.length > 64 ? `${id.slice(0, 64)}…` : id;
}

function shown(id: string): string {
  return JSON.stringify(short(id));
}

const MARK = 'reimage-unreadable';
const Marked = z.strictObject({ [MARK]: Unreadable });

/**
 * Decodes what the given codecs decode, and puts in the place of everything else a value that {@link unreadableIn} tells
 * from others. For reading only: whoever wrote back what it gives would write that value, and so it does not encode.
 */
export function lenientCodec(codecs: readonly PayloadCodec[]): PayloadCodec {
  const decodeOne = async (payload: Payload): Promise<Payload> => {
    try {
      const [decoded = payload] = await decode([...codecs], [payload]);
      if (isEncrypted(decoded)) throw new Error(ENCRYPTED_IN_CLEAR);
      defaultPayloadConverter.fromPayload(decoded);
      return decoded;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const unreadable: Unreadable = { keyId: keyIdOf(payload), message };
      return defaultPayloadConverter.toPayload({ [MARK]: unreadable });
    }
  };
  return {
    encode: async () => {
      throw new Error('Nothing is written by what only reads.');
    },
    decode: (payloads) => Promise.all(payloads.map(decodeOne)),
  };
}

/** Why a value that was decoded by a {@link lenientCodec} could not be read; null for one that was. */
export function unreadableIn(value: unknown): Unreadable | null {
  const marked = Marked.safeParse(value);
  return marked.success ? marked.data[MARK] : null;
}

// Temporal's SDK takes it by `require`, which reads ES modules since Node 20.19; from sources tsx reads it there.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** The file of the failure converter, for the SDK and for the bundler of workflows. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL(`failure-converter.${EXTENSION}`, import.meta.url));

/**
 * How payloads, and messages and stack traces of failures, go to Temporal: encrypted by these keys, or in clear for
 * null. For `new Client` and `Worker.create` alike; a worker's bundle must hold the same failure converter.
 */
export function createDataConverter(keys: CodecKeys | null): DataConverter {
  if (keys === null) return {};
  return { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath: FAILURE_CONVERTER_PATH };
}
