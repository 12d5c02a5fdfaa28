import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { SecretError } from '../../../secrets/bounded-files.js';

/** Holds a refusal to be a SecretError that says this and shows, even to who looks closely, nothing of what is hidden. */
export async function refused(trying: Promise<unknown>, says: RegExp, ...hidden: readonly string[]): Promise<void> {
  await assert.rejects(trying, (error: unknown) => {
    assert.ok(error instanceof SecretError, inspect(error));
    assert.match(error.message, says);
    for (const text of hidden)
      assert.ok(!inspect(error, { depth: null, showHidden: true }).includes(text), error.message);
    return true;
  });
}
