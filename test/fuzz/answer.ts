import assert from 'node:assert/strict';
import type * as z from 'zod';
import { ReimageInvalidInputError } from '../../client/connection/errors.js';
import { parseInput } from '../../client/connection/parse-input.js';

/** How zod tells what a schema has no words of its own for. */
const ZOD_WORDS = /\b(expected|received|Unrecognized|Invalid (option|string|ISO|UUID|URL|key)|Too (small|big))\b/;

/** Reads an input as every door does. Returns what was accepted, as JSON; null when it was refused in a proper way. */
export function answer(schema: z.ZodType, input: unknown): string | null {
  try {
    return JSON.stringify(parseInput(schema, input));
  } catch (error) {
    assert.ok(error instanceof ReimageInvalidInputError, `threw ${String(error)}`);
    assert.notEqual(error.field, '', 'names a field');
    assert.match(error.message, /^Invalid input: [^\p{Cc}\p{Zl}\p{Zp}]+$/u, 'is one line');
    assert.doesNotMatch(error.message, ZOD_WORDS, 'is in our words');
    assert.ok(error.message.length < 4_000, `is ${error.message.length} characters long`);
    return null;
  }
}
