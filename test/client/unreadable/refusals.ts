import assert from 'node:assert/strict';
import { ReimageError } from '../../../client/index.js';

/** The one answer where the thing itself is what cannot be read. */
export async function refusesToRead(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof ReimageError);
    assert.equal(error.failure.type, 'Unreadable', error.message);
    assert.match(error.message, /encrypted by key "old"/);
    return true;
  });
}

export const keyOf = ({ unreadable }: { readonly unreadable?: { readonly keyId: string | null } | undefined }) =>
  unreadable?.keyId ?? null;

export async function refusesTo(type: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof ReimageError);
    assert.equal(error.failure.type, type, error.message);
    return true;
  });
}

/** The methods of a class. */
export function methodsOf({ prototype }: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(prototype);
}
