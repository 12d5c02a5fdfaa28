import type { DataConverter } from '@temporalio/common';
import { createDataConverter } from '../temporal/data-converter.js';
import { openCodecKeys } from './codec-keys.js';

/**
 * How `REIMAGE_CODEC_KEYS` says that payloads go to Temporal. Only a Temporal client of your own needs it:
 * `new Client({ connection, dataConverter: await readDataConverter() })`.
 * @returns an empty one when encryption is off
 * @throws ReimageInvalidInputError when the keys cannot be read
 */
export async function readDataConverter(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<DataConverter> {
  return createDataConverter(await openCodecKeys(env));
}
