/** Stands between the id of an act and what the act says; neither field names nor digests hold it. */
const MARK = '#';

/**
 * The update id of an act: two of one id are one act for the server. What it says is a part of it, as fields and digests,
 * so that the fleet sees an id that comes again with something else.
 */
export function actId(id: string, content: readonly (readonly [field: string, digest: string])[]): string {
  const parts = content.map((pair) => pair.join('=')).toSorted();
  return `${id}${MARK}${parts.join(',')}`;
}

/** The fields in which two ids of one act differ; null where they are ids of different acts, or the same. */
export function otherContent(one: string, other: string): string[] | null {
  const [ofOne, ofOther] = [split(one), split(other)];
  if (one === other || ofOne === null || ofOther === null || ofOne.id !== ofOther.id) return null;
  const parts = (from: Content, to: Content) => from.parts.filter((part) => !to.parts.includes(part));
  const differ = [...parts(ofOne, ofOther), ...parts(ofOther, ofOne)].map((part) => part.split('=')[0] ?? '');
  return [...new Set(differ)];
}

interface Content {
  readonly id: string;
  readonly parts: readonly string[];
}

/** Null for an id of before, which says nothing of its content. */
function split(id: string): Content | null {
  const at = id.lastIndexOf(MARK);
  return at < 0
    ? null
    : {
        id: id.slice(0, at),
        parts: id
          .slice(at + 1)
          .split(',')
          .filter((part) => part !== ''),
      };
}
