import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FleetInput } from '../../../../contracts/fleet/fleet-input.js';
import { requestOf } from '../../../../workflows/fleet/child-request.js';
import { FleetState } from '../../../../workflows/fleet/fleet-state.js';
import { settleBudget } from '../../../../workflows/fleet/run-wave.js';
import { summarize } from '../../../../workflows/fleet/status.js';
import { fleetInputFor, type FleetOrder } from '../../../fixtures/fleet-input.js';

interface Given extends FleetOrder {
  readonly size?: number;
  readonly imageBefore?: string | null;
}

function inputOf({ size = 2, imageBefore = 'img-old', ...order }: Given): FleetInput {
  const members = Array.from({ length: size }, (_, at) => ({
    instanceId: `i-8cjmd${String(at).padStart(5, '0')}`,
    az: 'cn-north-1a',
    group: null,
    imageBefore,
    image: 'img-new',
  }));
  return fleetInputFor(members, order);
}

/** The record of the next run, by way of what a payload makes of it. */
function continued(input: FleetInput, record: FleetState): FleetState {
  return new FleetState(FleetInput.parse(JSON.parse(JSON.stringify({ ...input, snapshot: record.snapshot() }))));
}

const ROLLBACK = { type: 'FleetFailed', message: 'too many', now: false, isRolledBack: true } as const;

describe('the record of a fleet', () => {
  it('is the same in the next run, whatever it was in', () => {
    const input = inputOf({ size: 6, rollout: { onBudgetExhausted: 'rollback' } });
    const record = new FleetState(input);
    record.members.change(0, {
      state: 'done',
      isMoved: true,
      backupImageId: 'img-kept',
      powerFound: 'stopped',
      attempts: 2,
    });
    record.members.change(1, {
      state: 'failed',
      isMoved: true,
      imageFound: 'img-found',
      reason: '坏',
      failure: 'StartRefused',
    });
    record.members.change(2, { state: 'deferred', isDown: true, lastOperation: 'abcd' });
    record.members.change(3, { state: 'rebuilding', attempts: 1, startedAt: record.startedAt, runId: 'run-3' });
    record.members.change(4, { state: 'held', attempts: 1, runId: 'run-4', reason: 'StartRefused: no stock' });
    record.end(ROLLBACK);
    record.startRollback();
    record.pauseFor({ why: 'paused by bob', isForBudget: false });
    Object.assign(record.waits, { bakeEnds: 1e12, deferredTries: 4, observingSince: 1e12, isCanaryJudged: true });

    const next = continued(input, record);

    assert.deepEqual(next.members.all, record.members.all);
    assert.deepEqual(next.members.counts.counts, record.members.counts.counts);
    assert.deepEqual(
      [next.goal, next.ending, next.pause, next.wave],
      [record.goal, record.ending, record.pause, record.wave],
    );
    assert.deepEqual(next.waits, record.waits);
  });

  it('waits at the same gate in the next run, until the same moment', () => {
    const input = inputOf({});
    const record = new FleetState(input);
    record.waitAt({ name: 'after the canary', deadline: 1e12 });

    assert.deepEqual(continued(input, record).gate, record.gate);
  });

  it('knows in the next run what it has answered, and of many updates the last', () => {
    const input = inputOf({});
    const record = new FleetState(input);
    const set = (id: string) => record.answers.keep(id, record.recordAct('set', 'bob', id));
    for (let at = 0; at < 600; at += 1) set(`set:${at}`);
    record.answers.keep('x'.repeat(201), record.recordAct('set', 'bob', 'an id that is too long to be kept'));

    const next = continued(input, continued(input, record));

    assert.equal(next.answers.of('set:599')?.reason, 'set:599');
    assert.equal(next.answers.of('set:500')?.reason, 'set:500');
    assert.equal(next.answers.of('set:499'), null);
    assert.equal(next.answers.of('x'.repeat(201)), null);
    assert.equal(next.answers.of(undefined), null);
  });

  it('of ten thousand VMs, each with a warning and a backup, fits into one payload', () => {
    const input = inputOf({ size: 10_000 });
    const record = new FleetState(input);
    for (const { at } of record.members.all)
      record.members.change(at, {
        state: 'done',
        attempts: 1,
        startedAt: 1e13,
        finishedAt: 1e13,
        isMoved: true,
        reason: '警'.repeat(200),
        backupImageId: 'img-m5s0000029',
      });
    record.members.change(9_999, { state: 'failed', reason: 'this one matters' });

    const bytes = Buffer.byteLength(JSON.stringify({ ...input, snapshot: record.snapshot() }));

    assert.ok(bytes < 1_900_000, `${bytes} bytes`);
    assert.equal(continued(input, record).members.at(9_999).reason, 'this one matters');
  });

  it('bears failures by a resume only where they have made the pause', () => {
    const input = inputOf({ size: 4, rollout: { onBudgetExhausted: 'stop' } });
    const record = new FleetState(input);
    record.pauseFor({ why: 'lunch', isForBudget: false });
    record.members.change(0, { state: 'failed' });

    settleBudget({ record, input });
    record.resume();

    assert.equal(record.ending?.type, 'FleetFailed');
    assert.equal(record.members.counts.failures(), 1);
  });

  it('counts a failure against the budget of its own wave, whichever is under way', () => {
    const waves = ['wave-1', 'wave-2'].map((name) => ({ name, size: 2 }));
    const record = new FleetState(inputOf({ size: 4, waves, rollout: { maxFailures: { fleet: 3, wave: 0 } } }));
    record.enter(1);
    record.members.change(0, { state: 'failed' });

    assert.equal(record.exhausted(), '1 of wave 1 failed, 0 may');
  });

  it('puts back what was moved, in whatever state it is, and only where there is something to put it back onto', () => {
    for (const state of ['done', 'failed', 'waiting', 'deferred', 'skipped', 'cancelled'] as const) {
      const record = new FleetState(inputOf({}));
      record.members.change(0, { state, isMoved: true });
      record.end(ROLLBACK);
      record.startRollback();
      assert.deepEqual(
        record.admit().start.map(({ at }) => at),
        [0],
        state,
      );
    }
    for (const imageBefore of [null, 'img-new']) {
      const record = new FleetState(inputOf({ imageBefore }));
      record.members.change(0, { state: 'done', isMoved: true });
      record.end(ROLLBACK);
      record.startRollback();
      assert.deepEqual([record.admit().start, record.members.at(0).state], [[], 'done']);
      assert.match(record.members.at(0).reason ?? '', /nothing is known/);
    }
  });

  it('puts a VM back onto its backup, else what its first rebuild found, else what the plan knew; to the power it had', () => {
    const input = inputOf({});
    const { members } = new FleetState(input);
    const back = (change: object) => {
      members.change(0, { goal: 'rollback', backupImageId: null, imageFound: null, powerFound: null, ...change });
      const { imageId, power } = requestOf(input, members.at(0));
      return [imageId, power];
    };

    assert.deepEqual(back({ backupImageId: 'img-kept', imageFound: 'img-found' }), ['img-kept', 'as-was']);
    assert.deepEqual(back({ imageFound: 'img-found', powerFound: 'running' }), ['img-found', 'running']);
    assert.deepEqual(back({ powerFound: 'stopped' }), ['img-old', 'stopped']);
  });

  it('is rebuilt only from an image that the fleet knows of it, and from its own where it may have put that on', () => {
    const from = (change: object, input: Partial<FleetInput> = {}, imageBefore: string | null = 'img-old') => {
      const whole = inputOf({ imageBefore, input });
      const { members } = new FleetState(whole);
      members.change(0, { attempts: 1, ...change });
      return requestOf(whole, members.at(0)).onlyFromImages;
    };

    assert.deepEqual(from({}), ['img-old']);
    assert.deepEqual(from({}, { skipMatching: true }), ['img-old']);
    assert.deepEqual(from({}, { skipMatching: false }), ['img-old', 'img-new']);
    assert.deepEqual(from({}, { skipMatching: false, retryOf: 'web-1' }), ['img-old'], 'the plan was made for it');
    assert.deepEqual(from({ attempts: 2 }), ['img-old', 'img-new'], 'an attempt of ours came before');
    assert.deepEqual(from({ isMoved: true, backupImageId: 'img-kept' }), ['img-old', 'img-kept', 'img-new']);
    assert.deepEqual(from({ goal: 'rollback', isMoved: true }), ['img-new']);
    assert.equal(from({}, {}, null), undefined, 'nobody knows what it had');
  });

  it('tells what it waits for: a held canary, held VMs of an aborted fleet, what it puts back', () => {
    const input = inputOf({ waves: ['canary', 'wave-1'].map((name) => ({ name, size: 1 })) });
    const record = new FleetState(input);
    record.members.change(0, { state: 'held' });
    assert.equal(summarize(input, record).reason, '1 held: decide with `reimage decide`');
    record.end({ type: 'FleetAborted', message: 'Aborted by bob: seen', now: false, isRolledBack: false });
    assert.equal(summarize(input, record).reason, '1 held: decide with `reimage decide`; Aborted by bob: seen');

    const back = new FleetState(input);
    back.members.change(0, { state: 'done', isMoved: true });
    back.end(ROLLBACK);
    back.startRollback();
    back.members.change(0, { state: 'rebuilding' });
    assert.equal(summarize(input, back).reason, 'puts back what was moved; 1 under way');
  });

  it('has each VM once', () => {
    const input = inputOf({});
    const [first] = input.members.instanceIds;
    const twice = { ...input, members: { ...input.members, instanceIds: [first, first] } };

    assert.match(FleetInput.safeParse(twice).error?.issues[0]?.message ?? '', /have a VM twice/);
  });
});
