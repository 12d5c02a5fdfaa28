import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KeyRotation, KeyState } from '../../../client/codec/key-rotation.js';
import { type ReimageClient, ReimageError } from '../../../client/index.js';
import { temporalScheduleId } from '../../../contracts/fleet/fleet-ids.js';
import { FREEZE_WORKFLOW_ID } from '../../../contracts/freeze.js';
import { endOldThings, fire, makeOldThings, openStage, WHO } from '../unreadable/stage.js';

const stateOf = ({ keys }: KeyRotation, keyId: string): KeyState => {
  const state = keys.find((each) => each.keyId === keyId);
  assert.ok(state !== undefined, `a state of ${keyId}`);
  return state;
};

/** All that the server says of a schedule but its payloads, and when it was changed. */
async function restOf({ temporal }: ReimageClient, scheduleId: string): Promise<unknown> {
  const { namespace } = temporal.options;
  const { schedule, info } = await temporal.workflowService.describeSchedule({
    namespace,
    scheduleId: temporalScheduleId(scheduleId),
  });
  const { spec, policies, state, action } = schedule ?? {};
  const { workflowId, workflowType, taskQueue, searchAttributes } = action?.startWorkflow ?? {};
  const { actionCount } = info ?? {};
  return JSON.parse(
    JSON.stringify({
      spec,
      policies,
      state,
      workflowId,
      workflowType,
      taskQueue,
      searchAttributes,
      actionCount,
    }),
  );
}

it('the key is changed while rebuilds, a hold, schedules, a fleet and a freeze outlive it, with one worker late', async (t) => {
  const stage = await openStage(t);
  const first = await stage.startWorker('old');
  const oldClient = await stage.connect('old');
  const old = await makeOldThings(stage, oldClient);
  await oldClient.schedules.pause(old.scheduleId, WHO);
  await oldClient.freeze(WHO);
  const frozen = await oldClient.frozen();
  await first.kill();
  const late = await stage.startWorker('old', 'new');
  const client = await stage.connect('new', 'old');
  const before = await restOf(client, old.scheduleId);

  await t.test('the plan names what bears the old key, and touches nothing', async () => {
    const { currentKeyId, rewritten, notRewritten, retentionSeconds, ...plan } = await client.planKeyRotation();
    assert.deepEqual([currentKeyId, rewritten, notRewritten, retentionSeconds], ['new', null, [], 86_400]);
    const { schedules, freeze, open, ended, verdict, because, lastWrite } = stateOf({ ...plan } as KeyRotation, 'old');
    assert.deepEqual([schedules, freeze, verdict], [[old.scheduleId], true, 'keep']);
    const ids = [old.held, old.open, old.fleet].map(({ operationId }) => operationId).toSorted();
    assert.deepEqual(open.map(({ operationId }) => operationId).toSorted(), ids);
    assert.ok(ended > 0, `${ended} ended`);
    for (const id of ids) assert.ok(because.includes(id), `${because} names ${id}`);
    assert.match(because, /schedule yearly-\w+ and the freeze bear it: `reimage codec rotate --yes` rewrites them/);
    assert.match(lastWrite?.by ?? '', /\d+@/);
    assert.deepEqual(await restOf(client, old.scheduleId), before);
  });

  await t.test('who lacks the old key rewrites nothing, and is told which', async () => {
    const lacking = await stage.connect('new');
    assert.equal(stateOf(await lacking.planKeyRotation(), 'old').readable, false);
    await assert.rejects(lacking.rotateKeys(), (error: unknown) => {
      assert.ok(error instanceof ReimageError);
      assert.equal(error.failure.type, 'Unreadable');
      assert.match(error.message, /^Nothing was rewritten, .*schedule yearly-\w+ and the freeze \(key "old"\)/);
      return true;
    });
    assert.equal(stateOf(await client.planKeyRotation(), 'old').schedules.length, 1);
  });

  await t.test('by a worker that is late the freeze keeps its key, which is told; the schedule does not', async () => {
    const rotation = await client.rotateKeys();
    assert.deepEqual(rotation.rewritten, { schedules: [old.scheduleId], freeze: false });
    assert.deepEqual(rotation.notRewritten, [
      {
        what: 'the freeze',
        why: 'a worker still encrypts by key "old": put "new" first everywhere, then run it again',
      },
    ]);
    const { schedules, freeze } = stateOf(rotation, 'old');
    assert.deepEqual([schedules, freeze], [[], true]);
    assert.deepEqual(await client.frozen(), frozen);
    assert.deepEqual(await restOf(client, old.scheduleId), before);
    const { spec, paused, fleet } = await client.schedules.describe(old.scheduleId);
    assert.deepEqual([spec?.requestedBy, paused, fleet], [WHO.by, true, 'nightly']);
  });

  await late.kill();
  const second = await stage.startWorker('new', 'old');

  await t.test('by a worker that has the new key first the freeze is renewed, without a moment between', async () => {
    const { temporal } = client;
    const { runId } = await temporal.workflow.getHandle(FREEZE_WORKFLOW_ID).describe();
    const rotation = await client.rotateKeys();
    assert.deepEqual([rotation.rewritten, rotation.notRewritten], [{ schedules: [], freeze: true }, []]);
    assert.deepEqual(await client.frozen(), frozen);
    const renewed = await temporal.workflow.getHandle(FREEZE_WORKFLOW_ID, runId).fetchHistory();
    const last = renewed.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    const now = await temporal.workflow.getHandle(FREEZE_WORKFLOW_ID).describe();
    assert.equal(last?.newExecutionRunId, now.runId, 'the server has gone from one run to the next in one step');
    const again = await client.rotateKeys();
    assert.deepEqual([again.rewritten, again.notRewritten], [{ schedules: [], freeze: false }, []]);
  });

  await t.test('a firing is handed what the one before has left, so that each schedule fires once more', async () => {
    const { schedules, handedOn, because } = stateOf(await client.planKeyRotation(), 'old');
    assert.deepEqual([schedules, handedOn], [[], [old.scheduleId]]);
    assert.match(because, /until these schedules have fired and ended well once more: yearly-\w+/);
    await fire(client, old.scheduleId);
    assert.deepEqual(stateOf(await client.planKeyRotation(), 'old').handedOn, []);
  });

  await t.test('what was under way is ended, and then only ended runs bear the old key', async () => {
    await endOldThings(stage, client, old);
    const { open, endedGoneAt, verdict, because } = stateOf(await client.planKeyRotation(), 'old');
    assert.deepEqual([open, verdict], [[], 'keep']);
    assert.match(because, /^until \S+Z: \d+ ended runs bear it$/);
    assert.ok(Date.parse(endedGoneAt ?? '') > Date.now() + 80_000_000, `${endedGoneAt} is a day from now`);
  });

  await t.test('without the old key the schedule fires, and the freeze is ended as ever', async () => {
    await second.kill();
    await stage.startWorker('new');
    const only = await stage.connect('new');
    assert.deepEqual(await only.frozen(), frozen);
    // The server asks the worker that was killed first.
    const unfrozen = await only.unfreeze({ by: 'bob', reason: 'over' }, { workerTimeoutMs: 60_000 });
    assert.deepEqual([unfrozen?.freeze, unfrozen?.end.by], [frozen, 'bob']);
    await fire(only, old.scheduleId);
  });
});

it('a freeze that is ended while it is renewed is ended, whoever comes first', async (t) => {
  const stage = await openStage(t);
  await stage.startWorker('new', 'old');
  const [oldClient, client] = [await stage.connect('old'), await stage.connect('new', 'old')];
  for (let round = 0; round < 10; round += 1) {
    await oldClient.freeze({ by: 'ana', reason: `round ${round}` });
    const [unfrozen] = await Promise.all([client.unfreeze({ by: 'bob', reason: 'over' }), client.rotateKeys()]);
    assert.equal(unfrozen?.freeze.reason, `round ${round}`);
    assert.equal(await client.frozen(), null);
  }
});
