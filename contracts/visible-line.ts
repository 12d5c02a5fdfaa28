/** Characters that end a line or move a cursor. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/**
 * Characters that are not seen: zero width, marks of direction, soft hyphens, fillers, tags, half surrogate pairs. The
 * selectors that make a sign an emoji, or none, stay.
 */
const UNSEEN = /(?![\ufe0e\ufe0f])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Cs}]/gu;

/**
 * Text of others as one line in which everything can be seen. What is not seen is written out, as `\u202e`: removed, it
 * would make one name of two, and left, it would show another text than there is.
 */
export function visibleLine(text: string): string {
  return text.replaceAll(CONTROL, ' ').replaceAll(UNSEEN, written).replaceAll(/ {2,}/g, ' ').trim();
}

function written(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
