import { createSecretReader } from '../secrets/secret-reader.js';
import { CODEC_KEYS_VARIABLE, type CodecKeys, readCodecKeys, type ReadSecret } from '../temporal/codec-keys.js';
import { ReimageInvalidInputError } from './reimage-errors.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Reads secret references here, as a worker reads them there. */
export function secretReader(env: Env): ReadSecret {
  return createSecretReader({ env, where: 'in this process' }).read;
}

/** The keys of `REIMAGE_CODEC_KEYS`; null when encryption is off. @throws ReimageInvalidInputError */
export async function openCodecKeys(env: Env): Promise<CodecKeys | null> {
  try {
    return await readCodecKeys(env, secretReader(env));
  } catch (error) {
    throw new ReimageInvalidInputError(error instanceof Error ? error.message : String(error), CODEC_KEYS_VARIABLE);
  }
}
