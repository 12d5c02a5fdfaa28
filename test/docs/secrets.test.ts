import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { PASSWORD_FORMS, PasswordRef, SecretRef } from '../../contracts/secret-ref.js';

const page = await readFile(new URL('../../docs/secrets.md', import.meta.url), 'utf8');

describe('docs/secrets.md', () => {
  it('has a row for each form of a reference, and says rightly what it is for', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` +\|.*\| (all|passwords) +\|$/gm)];
    assert.deepEqual(
      rows.map(([, form]) => form),
      PASSWORD_FORMS.split(/, | or /),
    );
    for (const [, form = '', use] of rows) {
      assert.ok(PasswordRef.safeParse(form).success, form);
      assert.equal(SecretRef.safeParse(form).success, use === 'all', form);
    }
  });
});
