import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLeft } from '../../../../client/fleets/retry.js';
import type { MemberProgress } from '../../../../contracts/fleet/fleet-progress.js';
import { member } from '../cli/fleet-fakes.js';

const rows: { name: string; is: Partial<MemberProgress>; left: boolean }[] = [
  { name: 'failed', is: { state: 'failed', failure: 'VmInError' }, left: true },
  { name: 'rolled back', is: { state: 'rolled-back', failure: 'RolledBack' }, left: true },
  { name: 'cancelled with its fleet', is: { state: 'cancelled' }, left: true },
  { name: 'never started', is: { state: 'waiting' }, left: true },
  { name: 'busy when the fleet ended', is: { state: 'deferred' }, left: true },
  { name: 'waiting to be put back', is: { state: 'waiting', goal: 'rollback' }, left: false },
  { name: 'busy when it was to be put back', is: { state: 'deferred', goal: 'rollback' }, left: false },
  { name: 'still being put back', is: { state: 'rebuilding', goal: 'rollback' }, left: false },
  { name: 'failed on its way back', is: { state: 'failed', goal: 'rollback', failure: 'VmInError' }, left: true },
  { name: 'skipped because it stayed busy', is: { state: 'skipped', failure: 'OperationInProgress' }, left: true },
  { name: 'skipped because it had changed', is: { state: 'skipped', failure: 'ConcurrentChange' }, left: true },
  { name: 'skipped by somebody', is: { state: 'skipped', reason: 'skipped by bob: mine' }, left: false },
  { name: 'done', is: { state: 'done' }, left: false },
  { name: 'deleted under way', is: { state: 'failed', failure: 'VmDeleted' }, left: false },
  { name: 'not found any more', is: { state: 'failed', failure: 'VmNotFound' }, left: false },
];

describe('what a fleet leaves to a retry', () => {
  for (const { name, is, left } of rows) {
    it(`${left ? 'a' : 'not a'} VM that is ${name}`, () => assert.equal(isLeft(member('i-a1', is)), left));
  }
});
