import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECKS_HOLD_MS } from '../../../activities/decisions/before-call.js';
import { ANSWER_WITHIN_MS, HEARTBEAT_EVERY_MS } from '../../../activities/runtime/heartbeat.js';
import { CALL_TIMEOUT_MS } from '../../../jdcloud/http-client.js';
import { HEARTBEAT_TIMEOUT_MS } from '../../../workflows/runtime/retry-policies.js';

/*
 * What keeps two attempts at one activity from having a call out at once: Temporal begins another one when nothing was
 * heard of the first for a heartbeat timeout.
 */
describe('the times around a call that changes something', () => {
  it('a call ends before another attempt may begin, counted from the word that let it go', () => {
    assert.ok(CALL_TIMEOUT_MS < HEARTBEAT_TIMEOUT_MS / 2, `${CALL_TIMEOUT_MS} ms`);
  });

  it('the word of the server comes within the time of the call, or the call is not made', () => {
    assert.ok(ANSWER_WITHIN_MS < CALL_TIMEOUT_MS / 2, `${ANSWER_WITHIN_MS} ms`);
  });

  it('what was read before a call is given up before another attempt may have read it too', () => {
    assert.ok(CHECKS_HOLD_MS + HEARTBEAT_EVERY_MS < HEARTBEAT_TIMEOUT_MS, `${CHECKS_HOLD_MS} ms`);
  });

  it('a heartbeat that is lost does not end the attempt', () => {
    assert.ok(3 * HEARTBEAT_EVERY_MS < HEARTBEAT_TIMEOUT_MS, `${HEARTBEAT_EVERY_MS} ms`);
  });
});
