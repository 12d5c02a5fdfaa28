import { openCodecKeys } from '../../codec-keys.js';
import type { Env } from '../cli-deps.js';
import { fail, ok, type Check } from './check.js';

/** Says whether payloads are encrypted from here, and reads the keys. Workers and others are to say the same. */
export async function checkEncryption(env: Env): Promise<Check> {
  try {
    const keys = await openCodecKeys(env);
    if (keys === null) return ok('encryption', 'off: payloads are in clear');
    const decrypting = keys.length === 1 ? '1 key decrypts' : `${keys.length} keys decrypt`;
    return ok('encryption', `on, key ${keys[0].id} encrypts, ${decrypting}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail('encryption', 'refused', message, 'Give each key as KEYID=REF, 32 bytes in base64 or hex.');
  }
}
