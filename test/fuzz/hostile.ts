import fc from 'fast-check';

/** Texts that have gone wrong somewhere: in paths, queries, headers, shells, terminals, lookups by key, and number readers. */
const CLASSICS = Object.values({
  segments: [
    '',
    ' ',
    '.',
    '..',
    '../..',
    '../images/img-1',
    '/',
    '//',
    '\\',
    ':',
    ':deleteInstance',
    'i-a1:deleteInstance',
  ],
  escapes: ['..%2f', '%2e%2e%2f', '%2F', '%252f', '%', '%zz', '%00', '%c0%af', '%3A'],
  queries: ['?', '?a=b', '#', '&', '=', 'a&b=c', '+', ';', '*', ','],
  shells: ['$(id)', '`id`', '| id', "' OR '1'='1", '"', '<script>', '{{7*7}}', '--yes', '-', '--', '@file'],
  headers: ['\r\n', 'a\r\nX-Injected: 1', '\r\n\r\nGET / HTTP/1.1\r\n', '\n', '\t', '\0', ', SignedHeaders=host, a=b'],
  terminals: ['\x1b[31m', '\x1b]0;t\x07', '\x7f', '\x85', '\u2028', '\u202e', '\ufeff', '\u200b'],
  unicode: ['\ud800', '\udfff', 'a\udc00b', '\uffff', '系统盘', 'é', '👩‍👩‍👧'],
  keys: ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON'],
  numbers: ['NaN', 'Infinity', '1e999', '-0', '-1', '0x10', '1e3', '١', 'null', 'undefined', 'true', '[]', '{}'],
}).flat();

/** Numbers at and beyond the edges. JSON knows neither NaN nor Infinity, but `1e999` in a text is Infinity. */
const NUMBERS = [0, -0, -1, 0.5, 1e-300, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, Number.NaN, Infinity, -Infinity];

/** Any text, half surrogate pairs and control characters included. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 12 });
const classic = fc.constantFrom(...CLASSICS);
const benign = fc.constantFrom('i-a1', 'cn-north-1', 'img-1', 'a', '1');

/** Short hostile text: a classic by itself, one inside something harmless, or anything. */
export const hostileText = fc.oneof(
  { weight: 4, arbitrary: classic },
  { weight: 3, arbitrary: fc.tuple(benign, classic, benign).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: benign },
  { weight: 2, arbitrary: anyText },
);

/** A text too long to be printed. */
export interface Huge {
  readonly piece: string;
  readonly length: number;
}

export const huge = (length: number): fc.Arbitrary<Huge> =>
  fc.record({
    piece: fc.constantFrom(...CLASSICS.filter(Boolean), 'a', 'a=', '="', 'a.', ' \t'),
    length: fc.constant(length),
  });

/** The piece over and over until the text is this long. */
export const textOf = ({ piece, length }: Huge): string =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

const scalar = fc.oneof(hostileText, fc.constantFrom(...NUMBERS), fc.boolean(), fc.constant(null));

/** What JSON can hold, with hostile texts, numbers and keys. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(hostileText, tie('node'), { maxKeys: 3 }),
  ),
})).node;

/** What a JavaScript caller can pass and JSON cannot hold. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileJson,
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, maxDepth: 2 }),
  fc.constantFrom(undefined, Symbol('odd'), () => 'called', new Date(Number.NaN), Object.create(null)),
);

/** An object that has some of these keys, with anything as their values, and perhaps others. */
export function objectWith(keys: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  const known = fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });
  const more = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(hostileText, value, { maxKeys: 2 }) },
  );
  return fc.tuple(known, more).map(([one, other]) => ({ ...one, ...other }));
}

/** A valid object in which a few fields are replaced by nonsense, or gone. */
export function spoiled(valid: object, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  const keys = Object.keys(valid);
  const spoilt = fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: 2 });
  const gone = fc.subarray(keys, { maxLength: 1 });
  return fc.tuple(spoilt, gone).map(([fields, names]) => {
    const spoiltOne = { ...valid, ...fields };
    for (const name of names) Reflect.deleteProperty(spoiltOne, name);
    return spoiltOne;
  });
}

/** Nested JSON that a parser which recurses does not survive. */
export interface Deep {
  readonly depth: number;
  readonly open: '[' | '{"a":';
}

export const deep: fc.Arbitrary<Deep> = fc.record({
  depth: fc.constantFrom(10, 10_000, 100_000),
  open: fc.constantFrom('[' as const, '{"a":' as const),
});

/** The JSON text, brackets inside brackets. */
export const jsonOf = ({ depth, open }: Deep): string =>
  open === '[' ? `${'['.repeat(depth)}${']'.repeat(depth)}` : `${open.repeat(depth)}1${'}'.repeat(depth)}`;
