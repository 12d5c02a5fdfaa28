import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findAll, trackedFiles } from '../../repository/tracked-files.js';

const DOOR = 'temporal/namespace/runs.ts';

/** The SDK's own reads of what others have written: each fails as a whole for one payload that cannot be decrypted. */
const READS = /\bworkflow\.list\(|\bschedule\.list\(|\.describe\(\)/;

describe('what others have written at Temporal', () => {
  it('is read through one file, which tells what stands in clear whatever it cannot decrypt', () => {
    const files = trackedFiles().filter(({ path }) => /^(client|temporal|activities)\/.*\.ts$/.test(path));
    const elsewhere = findAll(
      files.filter(({ path }) => path !== DOOR),
      READS,
    );
    assert.deepEqual(elsewhere, []);
    assert.notDeepEqual(findAll(files, READS), [], 'and the pattern finds what it looks for');
  });
});
