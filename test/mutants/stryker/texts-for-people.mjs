/*
 * Stryker loads plain JavaScript.
 *
 * Mutants that change what a sentence says are left out: people read it, no decision hangs on it. Whatever code compares,
 * sends, signs or looks up holds no two words with a blank between them, and stays in.
 */

const WORDS = /[A-Za-z]\S* |  ?[A-Za-z]{2}/;

/** @param {{ node: { type: string, value?: string, quasis?: { value: { raw: string } }[] } }} path of Babel */
function isTextForPeople({ node }) {
  if (node.type === 'StringLiteral') return WORDS.test(node.value);
  return node.type === 'TemplateLiteral' && node.quasis.some(({ value }) => WORDS.test(value.raw));
}

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'texts-for-people',
    value: { shouldIgnore: (path) => (isTextForPeople(path) ? 'a text for people' : undefined) },
  },
];
