import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leaveOut } from '../fixtures/leave-out.js';

describe('a test whose means cannot be had', () => {
  it('is skipped with the reason', () => {
    const reasons: unknown[] = [];

    leaveOut({ skip: (why) => void reasons.push(why) }, 'no python3', {});

    assert.deepEqual(reasons, ['no python3']);
  });

  it('fails with the reason under CI', () => {
    const skip = () => assert.fail('skipped');

    assert.throws(() => leaveOut({ skip }, 'no python3', { CI: 'true' }), /no python3/);
  });
});
