import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { ReimageInvalidInputError } from '../../../client/connection/errors.js';
import { parseInput } from '../../../client/connection/parse-input.js';

const Names = z.strictObject({ names: z.array(z.string()).optional() });

/** What is thrown for an input. */
function refusalOf(input: unknown): ReimageInvalidInputError {
  try {
    parseInput(Names, input);
  } catch (error) {
    assert.ok(error instanceof ReimageInvalidInputError);
    return error;
  }
  throw new assert.AssertionError({ message: 'it was accepted' });
}

describe('the message about a bad input', () => {
  it('is one line, whatever the name of an unknown key', () => {
    const { message, field } = refusalOf({ 'a\r\n\x1b[31mb': 1 });
    assert.equal(field, 'a [31mb');
    assert.equal(message, 'Invalid input: a [31mb: unknown field');
  });

  it('stays short, whatever its length', () => {
    assert.ok(refusalOf({ ['a'.repeat(1_000_000)]: 1 }).message.length < 500);
  });

  it('tells twenty problems and counts the others', () => {
    const { message, field } = refusalOf({ names: Array.from({ length: 1000 }, () => 1) });
    assert.equal(field, 'names.0');
    assert.match(message, /; names\.19: [^;]+; and 980 more$/);
  });
});
