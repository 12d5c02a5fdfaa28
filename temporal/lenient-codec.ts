import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import * as z from 'zod';
import { Unreadable } from '../contracts/unreadable.js';
import { ENCRYPTED_IN_CLEAR, isEncrypted, keyIdOf } from './payload-codec.js';

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
