import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { ValidationIssue } from '../../../../contracts/rebuild-plan.js';
import type { RebuildResult } from '../../../../contracts/rebuild-result.js';
import { endedBy, endedWith } from '../../../../workflows/fleet/child-outcome.js';
import { FleetMembers, type Member } from '../../../../workflows/fleet/members.js';
import { fleetInputFor } from '../../../fixtures/fleet-input.js';

/** A member whose first rebuild by the fleet is under way. */
function member(change: Partial<Member> = {}): Member {
  const vm = { instanceId: 'i-1', az: 'a', group: null, imageBefore: 'img-old', image: 'img-new' };
  const members = new FleetMembers(fleetInputFor([vm]));
  members.change(0, { state: 'rebuilding', attempts: 1, startedAt: 1, ...change });
  return members.at(0);
}

/** What a fleet sees of a rebuild that ended with a failure. */
function childFailure(cause: Error): ChildWorkflowFailure {
  const execution = { workflowId: 'rebuild:cn-north-1:i-1', runId: 'run' };
  return new ChildWorkflowFailure('default', execution, 'rebuildInstance', RetryState.NON_RETRYABLE_FAILURE, cause);
}

/** A rebuild that its validation has refused, with the VM as it was seen then. */
function refused(code: ValidationIssue['code'], imageAfter: string, status = 'running'): ChildWorkflowFailure {
  const issues = [{ code, field: null, message: 'no' }];
  const failure = { type: 'ValidationFailed', message: 'no', requestId: null, state: null, next: '', issues } as const;
  const result = { ...rebuilt(imageAfter, imageAfter, status), outcome: 'failed', failure } as const;
  const type = 'ValidationFailed';
  return childFailure(ApplicationFailure.create({ type, message: 'no', nonRetryable: true, details: [result] }));
}

/** A rebuild that was done. */
function rebuilt(imageBefore: string, imageAfter: string, status = 'running'): RebuildResult {
  const now = new Date(0).toISOString();
  return {
    outcome: 'done',
    operationId: 'rebuild:cn-north-1:i-1',
    regionId: 'cn-north-1',
    instanceId: 'i-1',
    requestedBy: null,
    reason: null,
    imageBefore,
    imageAfter,
    power: { before: status, after: status },
    startedAt: now,
    finishedAt: now,
    timeline: [],
    attempts: {},
    apiCalls: [],
    warnings: [],
  };
}

const BACKUP = { imageId: 'img-backup', name: 'b', status: 'ready', dataDisks: false, pruned: [] };

describe('a VM that somebody else has put another image on since the plan', () => {
  const of = (imageAfter: string, change?: Partial<Member>) => {
    const ended = endedBy(member(change), refused('image-changed', imageAfter));
    return [ended.state, ended.failure ?? null, ended.reason, ended.attempts];
  };

  it('is skipped: with the image of the fleet it is where it should be, with any other one it is told', () => {
    assert.deepEqual(of('img-new'), ['skipped', null, 'somebody else has put the image on since the plan', 0]);
    const note = 'changed since the plan: it had img-old, and has img-odd';
    assert.deepEqual(of('img-odd'), ['skipped', 'ConcurrentChange', note, 0]);
  });

  it('is not put back: nobody knows what is on it', () => {
    const note = 'changed since it was moved: it has img-odd';
    assert.deepEqual(of('img-odd', { goal: 'rollback', isMoved: true }), ['skipped', 'ConcurrentChange', note, 0]);
  });
});

describe('a VM that was busy, and that another operation has rebuilt meanwhile', () => {
  const of = (imageAfter: string, change?: Partial<Member>) => {
    const { state, failure = null, reason, attempts } = endedBy(member(change), refused('rebuilt-since', imageAfter));
    return [state, failure, reason, attempts];
  };
  const note = 'rebuilt by another operation: no';

  it('is skipped, and is no attempt; a retry takes it up where it has another image than the fleet asks for', () => {
    assert.deepEqual(of('img-old'), ['skipped', 'ConcurrentChange', note, 0]);
    assert.deepEqual(of('img-new'), ['skipped', null, note, 0]);
    assert.deepEqual(of('img-new', { goal: 'rollback', isMoved: true }), ['skipped', 'ConcurrentChange', note, 0]);
  });
});

describe('a VM that was rebuilt before its fleet was reset', () => {
  const rows: readonly [image: string, status: string, goal: Member['goal'], state: Member['state'], moved: boolean][] =
    [
      ['img-new', 'running', 'forward', 'done', true],
      ['img-new', 'stopped', 'forward', 'failed', true],
      ['img-old', 'running', 'forward', 'rolled-back', false],
      ['img-old', 'running', 'rollback', 'rolled-back', false],
      ['img-new', 'running', 'rollback', 'failed', true],
    ];
  for (const [image, status, goal, state, moved] of rows) {
    it(`on its way ${goal} and ${status} on ${image} is ${state}`, () => {
      const change = endedBy(member({ goal }), refused('already-rebuilt', image, status));

      assert.deepEqual([change.state, change.isMoved, change.imageFound], [state, moved, undefined]);
    });
  }
});

describe('a VM whose rebuild was not begun', () => {
  for (const type of ['Frozen', 'WindowClosed']) {
    it(`for ${type} waits again: it has not failed, and no attempt counts`, () => {
      const change = endedBy(member(), childFailure(ApplicationFailure.nonRetryable('not now', type)));

      assert.deepEqual(
        [change.state, change.attempts, change.startedAt, change.failure],
        ['waiting', 0, null, undefined],
      );
    });
  }

  it('keeps when it was first started where it was tried before: it may have been moved then', () => {
    const again = { attempts: 2, startedAt: 1, isMoved: true };
    const ends = [
      childFailure(ApplicationFailure.nonRetryable('not now', 'WindowClosed')),
      new WorkflowExecutionAlreadyStartedError('busy', 'rebuild:cn-north-1:i-1', 'rebuildInstance'),
      refused('image-changed', 'img-odd'),
    ].map((error) => endedBy(member(again), error));

    assert.deepEqual(
      ends.map(({ state, attempts, startedAt }) => [state, attempts, startedAt]),
      [
        ['waiting', 1, 1],
        ['deferred', 1, 1],
        ['skipped', 1, 1],
      ],
    );
  });

  it('while another failure is one', () => {
    const change = endedBy(member(), childFailure(ApplicationFailure.nonRetryable('no', 'StartRefused')));

    assert.deepEqual([change.state, change.failure], ['failed', 'StartRefused']);
  });
});

describe('a VM that an attempt before has moved without a word', () => {
  it('goes back onto what it had before that, and not onto a backup of what it was moved to', () => {
    const found = (attempts: number) => {
      const result = { ...rebuilt('img-new', 'img-new'), backup: BACKUP };
      const { imageFound, backupImageId, powerFound } = endedWith(member({ attempts }), result);
      return [imageFound, backupImageId, powerFound];
    };
    assert.deepEqual(found(2), [undefined, undefined, 'running']);
    assert.deepEqual(found(1), ['img-new', 'img-backup', 'running'], 'somebody else has put it on');
  });
});
