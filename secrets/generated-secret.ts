import { randomInt } from 'node:crypto';
import { parseSinkRef, type SecretSinkName } from '../contracts/secret-ref.js';
import { SecretError } from './bounded-files.js';
import type { SecretContext, SecretScheme } from './schemes.js';
import { execSink, fileSink, type SecretSink, type SinkContext } from './sinks.js';

/** Every sink there is. */
const SINKS: Readonly<Record<SecretSinkName, SecretSink>> = { file: fileSink, exec: execSink };

/**
 * `generate:SINK`: a new random password each time. It is given only once its sink has it, so that it cannot be lost,
 * and nobody else is told.
 */
export const generatedSecret: SecretScheme = {
  check: async (ref, context) => {
    const { sink, target } = parseSinkRef(ref);
    await SINKS[sink].check(target, forVm(context));
  },

  read: async (ref, context) => {
    const { sink, target } = parseSinkRef(ref);
    const password = generatePassword();
    await SINKS[sink].take(password, target, forVm(context));
    return password;
  },
};

function forVm({ vm, ...context }: SecretContext): SinkContext {
  if (vm === undefined) throw new SecretError('only the password of a VM can be generated');
  return { ...context, vm };
}

// Without what looks alike (I l 1, O o 0) and what shells, URLs, JSON or a batch file would read as their own.
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const LOWER = 'abcdefghijkmnpqrstuvwxyz';
const DIGITS = '23456789';
const SPECIAL = '-_=+.:@';

const LETTERS = UPPER + LOWER;
const OTHERS = DIGITS + SPECIAL;
const MIDDLE_PAIRS = 8;

/** Draws an index below the bound, each as likely as any other. */
export type Draw = (bound: number) => number;

/**
 * A random password of 21 characters, of 96 bits, that keeps JD Cloud's rules whatever is drawn: letters and
 * others take turns, so that no word, no run of letters or digits and no row of keys can stand in it, and its ends are
 * of four kinds: upper case and a digit in front, a special character and lower case behind.
 * @see docs/jdcloud.md#passwords
 */
export function generatePassword(draw: Draw = (bound) => randomInt(bound)): string {
  const one = (characters: string) => characters.charAt(draw(characters.length));
  const middle = Array.from({ length: MIDDLE_PAIRS }, () => one(LETTERS) + one(OTHERS)).join('');
  return one(UPPER) + one(DIGITS) + middle + one(LETTERS) + one(SPECIAL) + one(LOWER);
}
