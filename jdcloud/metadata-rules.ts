import type { KeyValue } from './vm-api.js';

const METADATA_MAX_PAIRS = 40;
const MAX_KEY_CHARACTERS = 256;
const MAX_VALUE_BYTES = 16 * 1024;
/** As much of a key as a message shows. */
const SHOWN = 64;

/**
 * Why JD Cloud would not take these metadata pairs, each reason; empty where it would. At most 40 pairs; keys of 1 to 256
 * characters that do not end in a dash, each once whatever its case; values of at most 16 KB.
 * @see docs/jdcloud.md#metadata
 */
export function metadataProblems(pairs: readonly KeyValue[]): string[] {
  const seen = new Set<string>();
  const problems = pairs.flatMap(({ key, value }) => {
    const shown = JSON.stringify(key.slice(0, SHOWN));
    const isTwice = seen.has(key.toLowerCase());
    seen.add(key.toLowerCase());
    return [
      ...(isTwice ? [`the key ${shown} stands there twice (case does not count)`] : []),
      ...(key.length === 0 ? ['a key is empty'] : []),
      ...(key.length > MAX_KEY_CHARACTERS ? [`the key ${shown} is over ${MAX_KEY_CHARACTERS} characters long`] : []),
      ...(key.endsWith('-') ? [`the key ${shown} ends in a dash`] : []),
      ...(Buffer.byteLength(value) > MAX_VALUE_BYTES ? [`the value of ${shown} is over 16 KB`] : []),
    ];
  });
  const isTooMany = pairs.length > METADATA_MAX_PAIRS;
  return isTooMany
    ? [`there are ${pairs.length} pairs, and JD Cloud takes ${METADATA_MAX_PAIRS}`, ...problems]
    : problems;
}
