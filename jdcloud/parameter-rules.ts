import type { KeyValue } from './vm-api.js';

const WINDOWS = {
  name: 'Windows',
  maxLength: 15,
  shape: /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/,
  separators: 'single dashes',
};
const LINUX = {
  name: 'Linux',
  maxLength: 64,
  shape: /^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$/,
  separators: 'single dots and dashes',
};

/**
 * Why JD Cloud would not take a host name; null when it would. Windows: 2 to 15 letters, digits and
 * dashes, not all digits. Linux, and any other `osType`: 2 to 64, with dots between its parts.
 * @see docs/jdcloud.md#host-names
 */
export function hostnameProblem(hostname: string, osType: string | null | undefined): string | null {
  const isWindows = osType?.toLowerCase() === 'windows';
  const { name, maxLength, shape, separators } = isWindows ? WINDOWS : LINUX;
  if (hostname.length < 2 || hostname.length > maxLength) {
    return `must be 2 to ${maxLength} characters long on ${name}`;
  }
  if (!shape.test(hostname)) return `must hold only letters, digits and, between them, ${separators} on ${name}`;
  if (isWindows && /^[0-9]+$/.test(hostname)) return 'must not be all digits on Windows';
  return null;
}

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

const CLASSES = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/];
// The documented special characters. Pages also print a space and a full-width comma, of which nothing is known.
const ALLOWED = /^[A-Za-z0-9()`~!@#$%^&*_\-+=|{}[\]:";'<>,.?/]*$/;
const FORBIDDEN = ['jd', '360', 'bug', 'com', 'cloud', 'password'];
const DIGITS = ['0123456789'];
const ALPHABET = ['abcdefghijklmnopqrstuvwxyz'];
const [TOP, MIDDLE, BOTTOM] = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'] as const;
// Rows, and columns as they lean both ways: qaz, wsx ... and esz, rdx, tfc ...
const KEY_LINES = [
  TOP,
  MIDDLE,
  BOTTOM,
  ...BOTTOM.split('').map((key, index) => `${TOP[index]}${MIDDLE[index]}${key}`),
  ...BOTTOM.split('').map((key, index) => `${TOP[index + 2]}${MIDDLE[index + 1]}${key}`),
];

/**
 * What JD Cloud's password rules say against a password: one text a broken rule, empty when all hold.
 * A text never holds any part of the password. Upper and lower case count as the same in forbidden
 * words and runs: how the server folds them is not documented, and a refusal here costs nothing.
 * @param userName - `root` on Linux, `Administrator` on Windows; left out, that rule is not checked
 * @see docs/jdcloud.md#passwords
 */
export function passwordProblems(password: string, userName?: string): string[] {
  const folded = password.toLowerCase();
  const { length } = password;
  const classes = CLASSES.filter((kind) => kind.test(password)).length;
  const rules: readonly (readonly [isBroken: boolean, text: string])[] = [
    [length < 8 || length > 30, 'must be 8 to 30 characters long'],
    [classes < 3, 'must mix at least three of upper case, lower case, digits and special characters'],
    [!ALLOWED.test(password), 'must hold only ASCII letters, digits and ()`~!@#$%^&*_-+=|{}[]:";\'<>,.?/'],
    [FORBIDDEN.some((word) => folded.includes(word)), `must not contain ${FORBIDDEN.join(', ')}`],
    [hasRun(folded, DIGITS), 'must not hold three or more digits in sequence, such as 123 or 987'],
    [hasRun(folded, ALPHABET), 'must not hold three or more letters in alphabetical sequence, such as abc or CBA'],
    [hasRun(folded, KEY_LINES), 'must not hold three or more neighbouring keys, such as qwe, qaz or tfc'],
    [
      userName !== undefined && userName !== '' && folded.includes(userName.toLowerCase()),
      `must not contain the user name ${userName ?? ''}`,
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, text]) => text);
}

function hasRun(text: string, lines: readonly string[]): boolean {
  return lines.some((line) => {
    const backwards = line.split('').toReversed().join('');
    return threes(line).some((run) => text.includes(run)) || threes(backwards).some((run) => text.includes(run));
  });
}

function threes(line: string): string[] {
  return Array.from({ length: line.length - 2 }, (_, index) => line.slice(index, index + 3));
}
