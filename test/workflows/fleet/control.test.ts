import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { untilCancelled } from '../../fixtures/until-cancelled.js';
import {
  fleetInput,
  fleetLane,
  fleetOutcome,
  membersOf,
  noStart,
  startFleet,
  summaryOf,
  untilFleet,
} from './fleet-lane.js';
import { act, rebuildOf, refusal } from './fleet-updates.js';
import { touched } from './journal-of-fleet.js';

const BOB = { by: 'bob', reason: 'seen on the board' };
const ONE_AT_A_TIME = { maxUnavailable: { fleet: 1 } };
const CANARY = [
  { name: 'canary', size: 1 },
  { name: 'wave-1', size: 2 },
];

describe('control of a fleet', { concurrency: 2 }, () => {
  it('pause lets running rebuilds finish and starts none, until resume', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));
    await rebuilding.reached();

    await act(handle, 'pause', BOB);
    assert.deepEqual(await refusal(act(handle, 'pause', BOB)), ['DecisionRefused', 'The fleet is paused already.']);
    rebuilding.release();
    const paused = await untilFleet(handle, 'the first is done', ({ counts }) => counts.done === 1);
    assert.equal(paused.status, 'paused');
    assert.equal(paused.reason, 'paused by bob: seen on the board');
    assert.equal(touched(lane.cloud).length, 1);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 3]);
  });

  it('waits after the canary for an approval of this very plan, by another person where asked', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const rollout = { approval: { afterCanary: 'always', preventSelfApproval: true } } as const;
    const input = fleetInput(lane, { waves: CANARY, rollout });
    const handle = await startFleet(lane, input);
    const { planDigest } = input;
    const waiting = await untilFleet(handle, 'it waits', ({ status }) => status === 'awaiting-approval');
    assert.match(waiting.reason, /waits for approval after the canary/);
    assert.deepEqual(waiting.gate, { name: 'after the canary' });
    assert.match(waiting.nextEvent?.description ?? '', /nobody has approved/);

    const [type, digest] = await refusal(
      act(handle, 'approve', { ...BOB, planDigest: 'another', gate: 'after the canary' }),
    );
    assert.deepEqual([type, digest.includes(planDigest)], ['DecisionRefused', true]);
    const own = await refusal(
      act(handle, 'approve', { by: 'ana', reason: 'mine', planDigest, gate: 'after the canary' }),
    );
    assert.match(own[1], /Another person/);
    const inDisguise = { by: ' ＡＮＡ\u200b', reason: 'mine', planDigest, gate: 'after the canary' };
    assert.match((await refusal(act(handle, 'approve', inDisguise)))[1], /Another person/);
    assert.deepEqual(touched(lane.cloud), [lane.ids[0]]);
    await act(handle, 'approve', { ...BOB, planDigest, gate: 'after the canary' });

    const result = await fleetOutcome(handle);
    assert.equal(result.outcome, 'done');
    assert.deepEqual(
      result.auditEntries.map(({ action: done, by }) => [done, by]),
      [
        ['gate', null],
        ['approve', 'bob'],
      ],
    );
  });

  it('opens by no answer a gate that it was not for, and names the one that is open', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const waves = [...CANARY.slice(0, 1), { name: 'wave 1', size: 1 }, { name: 'wave 2', size: 1 }];
    const rollout = { approval: { afterCanary: 'always', beforeWaves: true } } as const;
    const input = fleetInput(lane, { waves, rollout });
    const handle = await startFleet(lane, input);
    const first = { ...BOB, planDigest: input.planDigest, gate: 'after the canary' };
    await untilFleet(handle, 'the first gate', ({ gate }) => gate?.name === 'after the canary');
    assert.match((await refusal(act(handle, 'reject', { ...BOB, gate: 'before wave 2' })))[1], /after the canary/);
    const unnamed = handle.executeUpdate('approve', { args: [{ ...BOB, planDigest: input.planDigest }] });
    assert.match((await refusal(unnamed)).join(' '), /InvalidInput .*gate/s);
    await act(handle, 'approve', first);
    await untilFleet(handle, 'the second gate', ({ gate }) => gate?.name === 'before wave 2');

    // Carol has looked at the first gate too, and answers a moment later.
    const late = await refusal(act(handle, 'approve', { ...first, by: 'carol' }));
    assert.deepEqual([late[0], /waits for approval before wave 2/.test(late[1])], ['DecisionRefused', true]);
    const rejection = await refusal(act(handle, 'reject', { ...BOB, by: 'carol', gate: 'after the canary' }));
    assert.match(rejection[1], /waits for approval before wave 2/);
    const { status } = await summaryOf(handle);
    assert.deepEqual([status, touched(lane.cloud)], ['awaiting-approval', lane.ids.slice(0, 2)]);
    await act(handle, 'approve', { ...first, gate: 'before wave 2' });

    assert.deepEqual((await fleetOutcome(handle)).counts.done, 3);
  });

  it('ends by a resume the pause that was seen, and none that came after it', async (t) => {
    const lane = await fleetLane(t, { size: 3, isProtected: [0, 1] });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));
    const paused = await untilFleet(handle, 'the first has failed', ({ status }) => status === 'paused');
    assert.deepEqual(paused.pause, { number: 1 });
    await act(handle, 'resume', { ...BOB, pause: 1 });
    await untilFleet(handle, 'the second has failed', ({ pause }) => pause?.number === 2);

    const late = await refusal(act(handle, 'resume', { ...BOB, by: 'carol', pause: 1 }));

    assert.deepEqual([late[0], /This is pause 2 .*failure budget exhausted/.test(late[1])], ['DecisionRefused', true]);
    assert.deepEqual([(await summaryOf(handle)).status, touched(lane.cloud)], ['paused', []]);
    await act(handle, 'resume', { ...BOB, pause: 2 });
    assert.deepEqual((await fleetOutcome(handle)).counts.done, 1);
  });

  it('bears by a resume no failure that came after the pause was looked at', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const [first, second = ''] = lane.ids;
    lane.cloud.addFault(noStart(first));
    lane.cloud.addFault(noStart(second));
    lane.cloud.addFault({ operation: 'stopInstance', instanceId: second, kind: { outcome: 'stuck' } });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    const paused = await untilFleet(handle, 'the first has failed', ({ pause }) => pause?.number === 1);
    assert.match(paused.reason, /1 failed, 0 may/);
    lane.cloud.act.release(second);
    const worse = await untilFleet(handle, 'the second has failed', ({ counts }) => counts.failed === 2);
    assert.match(worse.reason, /2 failed, 0 may/);

    const late = await refusal(act(handle, 'resume', { ...BOB, pause: 1 }));

    assert.match(late[1], /This is pause 2 .*2 failed, 0 may/);
    assert.deepEqual(touched(lane.cloud).toSorted(), lane.ids.slice(0, 2));
    // The two that failed are down, and take the places of others.
    await act(handle, 'set', { ...BOB, maxUnavailable: 3 });
    await act(handle, 'resume', { ...BOB, pause: 2 });
    assert.deepEqual((await fleetOutcome(handle)).counts.done, 1);
  });

  it('a rejection ends it at the gate, and so does a deadline that nobody minds', async (t) => {
    const lane = await fleetLane(t, { size: 6 });
    const halves = [{ ids: lane.ids.slice(0, 3) }, { ids: lane.ids.slice(3) }];
    const [rejected, forgotten] = await Promise.all(
      halves.map((half, at) => {
        const approval = { afterCanary: 'always', deadlineSeconds: at === 0 ? 600 : 5 } as const;
        return startFleet(lane, fleetInput(half, { waves: CANARY, rollout: { approval } }));
      }),
    );
    assert.ok(rejected && forgotten);
    await untilFleet(rejected, 'it waits', ({ status }) => status === 'awaiting-approval');
    await act(rejected, 'reject', { ...BOB, gate: 'after the canary' });

    for (const [handle, message] of [
      [rejected, 'Rejected by bob: seen on the board'],
      [forgotten, 'Nobody approved after the canary before the deadline.'],
    ] as const) {
      const result = await fleetOutcome(handle);
      assert.deepEqual(
        [result.outcome, result.failure?.type, result.failure?.message],
        ['aborted', 'FleetRejected', message],
      );
      assert.deepEqual([result.counts.done, result.counts.waiting], [1, 2]);
    }
    assert.equal(touched(lane.cloud).length, 2);
  });

  it('abort lets running rebuilds finish; with now those before the rebuild call are undone', async (t) => {
    const lane = await fleetLane(t, { size: 4 });
    const stopping = holdTransition(lane.cloud, 'stopInstance', { times: 2 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    await stopping.reached();

    await act(handle, 'abort', BOB);
    assert.equal((await summaryOf(handle)).status, 'aborting');
    assert.match(
      (await refusal(act(handle, 'resume', { ...BOB, pause: 1 })))[1],
      /The fleet is ending: Aborted by bob/,
    );
    assert.match((await refusal(act(handle, 'abort', BOB)))[1], /ending already/);
    await act(handle, 'abort', { ...BOB, now: true });
    for (const id of lane.ids.slice(0, 2)) await untilCancelled(rebuildOf(lane, id));
    stopping.release();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.failure?.type], ['aborted', 'FleetAborted']);
    assert.deepEqual([result.counts.cancelled, result.counts.waiting], [2, 2], JSON.stringify(await membersOf(handle)));
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
    for (const id of lane.ids) {
      const { status, imageId } = lane.cloud.vm(id);
      assert.deepEqual([status, imageId], ['running', DEFAULT_IMAGE_ID]);
    }
  });

  it('skip takes VMs out, set changes the limits, retryFailed puts failed ones back', async (t) => {
    const lane = await fleetLane(t, { size: 5 });
    const [first, second = '', third = ''] = lane.ids;
    lane.cloud.addFault(noStart(first, 1));
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));
    await untilFleet(handle, 'the first has failed', ({ status }) => status === 'paused');

    assert.match((await refusal(act(handle, 'skip', { ...BOB, instanceIds: [first ?? ''] })))[1], /is failed/);
    assert.match((await refusal(act(handle, 'skip', { ...BOB, instanceIds: ['i-other'] })))[1], /not in this fleet/);
    await act(handle, 'skip', { ...BOB, instanceIds: [second, third] });
    await act(handle, 'set', { ...BOB, maxUnavailable: 3, maxFailures: 1 });
    await act(handle, 'retryFailed', BOB);
    const before = await summaryOf(handle);
    assert.deepEqual([before.unavailable.limit, before.failures.limit, before.failures.current], [3, 1, 0]);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done');
    const members = await membersOf(handle);
    assert.deepEqual(
      members.map(({ state }) => state),
      ['done', 'skipped', 'skipped', 'done', 'done'],
    );
    assert.match(members[1]?.reason ?? '', /skipped by bob: seen on the board/);
    assert.equal(lane.cloud.journal.effective('rebuildInstance', first ?? ''), 2);
    assert.equal(touched(lane.cloud).length, 3);
  });

  it('refuses nonsense by name, and is none the worse for it', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    const handle = await startFleet(lane, fleetInput(lane));
    await rebuilding.reached();

    const [type, message] = await refusal(
      handle.executeUpdate('set', { args: [{ by: 'bob', reason: 'x', maxHeld: -1 }] }),
    );
    assert.deepEqual([type, /maxHeld/.test(message)], ['InvalidInput', true]);
    assert.match((await refusal(handle.executeUpdate('set', { args: [BOB] })))[1], /changes nothing/);
    assert.match(
      (await refusal(act(handle, 'approve', { ...BOB, planDigest: 'x', gate: 'after the canary' })))[1],
      /does not wait/,
    );
    rebuilding.release();

    assert.equal((await fleetOutcome(handle)).outcome, 'done');
  });
});
