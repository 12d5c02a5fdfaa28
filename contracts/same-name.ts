/** What is not seen in a text: joiners, marks of direction, soft hyphens. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Whether two texts are the name of one person, however it is typed: case, blanks, widths of letters and what is not
 * seen do not count. Letters of other alphabets that look alike do.
 */
export function isSameName(one: string, other: string): boolean {
  return folded(one) === folded(other);
}

/** Upper case first, so that letters with several small forms are one. Neither depends on a locale. */
function folded(name: string): string {
  const letters = name.normalize('NFKC').replaceAll(UNSEEN, '').toUpperCase().toLowerCase();
  return letters.normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
}
