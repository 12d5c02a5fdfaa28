import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { requestFor } from '../../fixtures/requests.js';

const HALF = 'ops\ud83d';

const rows: { name: string; fields: object; path: string }[] = [
  { name: 'requestedBy', fields: { requestedBy: HALF }, path: 'requestedBy' },
  { name: 'a metadata key', fields: { metadata: [{ key: HALF, value: '' }] }, path: 'metadata.0.key' },
  { name: 'a metadata value', fields: { metadata: [{ key: 'a', value: HALF }] }, path: 'metadata.0.value' },
];

describe('half a surrogate pair, which neither a database nor JD Cloud takes', () => {
  for (const { name, fields, path } of rows) {
    it(`is refused in ${name}`, () => {
      const { error } = RebuildRequest.safeParse({ ...requestFor('i-a1'), ...fields });
      assert.deepEqual(
        error?.issues.map((issue) => issue.path.join('.')),
        [path],
      );
    });
  }

  it('is none when the other half follows', () => {
    const fields = { requestedBy: '👩', metadata: [{ key: '键', value: '👩' }] };
    assert.ok(RebuildRequest.safeParse({ ...requestFor('i-a1'), ...fields }).success);
  });
});
