import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { CodecKeys } from './codec-keys.js';
import { createPayloadCodec } from './payload-codec.js';

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
