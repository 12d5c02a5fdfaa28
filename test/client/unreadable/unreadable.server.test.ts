import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { FleetClient, FleetSchedules, type Operation, ReimageBusyError, ReimageClient } from '../../../client/index.js';
import { eventually } from '../../fixtures/eventually.js';
import { requestFor } from '../../fixtures/requests.js';
import type { WorkerProcess } from '../../process/worker-process.js';
import { runFake } from '../../unit/client/cli/fake-deps.js';
import { keyOf, methodsOf, refusesTo, refusesToRead } from './refusals.js';
import {
  makeOldThings,
  makeSchedule,
  type OldThings,
  openStage,
  REGION,
  type Stage,
  untilPhase,
  WHO,
} from './stage.js';

let stage: Stage;
let old: OldThings;
let fresh: Operation;
let freshSchedule: string;
/** A client that lacks the key `old`, while the worker has both. */
let client: ReimageClient;
let worker: WorkerProcess;

async function setUp(t: TestContext): Promise<void> {
  stage = await openStage(t);
  worker = await stage.startWorker('old');
  const oldClient = await stage.connect('old');
  old = await makeOldThings(stage, oldClient);
  await worker.kill();
  worker = await stage.startWorker('new', 'old');
  client = await stage.connect('new');
  fresh = await client.start(requestFor(stage.ids.fresh, { requestedBy: 'bob' }));
  await client.wait(fresh);
  freshSchedule = await makeSchedule(client, stage.spec(stage.ids.fresh, { name: 'fresh' }));
  await oldClient.freeze(WHO);
  // Of what the worker before had at hand, the first questions go to it still.
  for (const operation of [old.held, old.open]) {
    await eventually('the worker answers', async () => (await client.get(operation)).progress !== null);
  }
  await eventually('the worker answers', async () => (await client.fleets.get(old.fleet)).summary !== null);
}

/** What a method is given, and what is right of its answer. The rows of a class come in the order in which they are done. */
type Rows = Readonly<Record<string, () => Promise<void>>>;

/** A method of the library that reads nothing that others have written, or is no method on one thing. */
const BESIDE: readonly string[] = [
  'constructor',
  'close',
  'plan',
  'reportWorkers',
  'temporal',
  'taskQueue',
  'schedules',
  'fleets',
];

const OF_CLIENT: Rows = {
  get: async () => {
    const [done, cancelled, held, open] = [
      await client.get(old.done),
      await client.get(old.cancelled),
      await client.get(old.held),
      await client.get(old.open),
    ];
    assert.deepEqual([done.status, done.requestedBy, done.requestId, done.result], ['done', 'ana', 'ticket-1', null]);
    assert.deepEqual([cancelled.status, cancelled.phase, cancelled.result], ['cancelled', 'cancelled', null]);
    assert.deepEqual([held.phase, held.progress?.held?.choices.includes('accept')], ['held', true]);
    assert.deepEqual([open.phase, open.progress?.phase, open.reason], ['stopping', 'stopping', null]);
    assert.deepEqual([done, cancelled, held, open].map(keyOf), ['old', 'old', 'old', 'old']);
    assert.equal(keyOf(await client.get(fresh)), null);
  },
  list: async () => {
    const all = await client.list();
    const byVm = new Map(all.map((each) => [each.instanceId, each]));
    for (const { instanceId } of [old.done, old.cancelled, old.held, old.open]) {
      const listed = byVm.get(instanceId);
      assert.deepEqual([listed?.requestedBy, listed && keyOf(listed)], ['ana', 'old']);
    }
    assert.deepEqual([byVm.get(fresh.instanceId)?.requestedBy, keyOf(byVm.get(fresh.instanceId) ?? {})], ['bob', null]);
  },
  findByRequestId: async () => {
    assert.equal((await client.findByRequestId(old.done, 'ticket-1'))?.runId, old.done.runId);
    assert.equal(await client.findByRequestId(old.done, 'ticket-2'), null);
  },
  start: async () => {
    const same = await client.start(requestFor(stage.ids.done, { requestId: 'ticket-1' }));
    assert.deepEqual([same.runId, same.status], [old.done.runId, 'done']);
    await assert.rejects(client.start(requestFor(stage.ids.held)), (error: unknown) => {
      assert.ok(error instanceof ReimageBusyError);
      assert.deepEqual([error.holder.requestedBy, error.holder.phase], ['ana', 'held']);
      return true;
    });
  },
  wait: async () => {
    await refusesToRead(client.wait(old.done));
    await refusesToRead(client.wait(old.cancelled));
    assert.equal((await client.wait(fresh)).outcome, 'done');
  },
  planRollback: () => refusesToRead(client.planRollback(old.done, { requestedBy: 'bob' })),
  rollback: () => refusesToRead(client.rollback(old.done, { requestedBy: 'bob' })),
  decide: async () => {
    const taken = await client.decide(old.held, { decision: 'accept', ...WHO });
    assert.equal(taken.decision, 'accept');
  },
  cancel: async () => {
    assert.equal((await client.cancel(old.open)).runId, old.open.runId);
    stage.cloud.act.release(stage.ids.open);
    await untilPhase(client, old.open, 'cancelled');
  },
  listBackups: async () => assert.deepEqual(await client.listBackups({ regionId: REGION }), []),
  pruneBackups: async () => {
    const { deleted } = await client.pruneBackups({ regionId: REGION, keep: 1, dryRun: true });
    assert.deepEqual(deleted, []);
  },
  frozen: async () => {
    const freeze = await client.frozen();
    assert.deepEqual([freeze?.by, freeze?.reason], ['someone unknown', 'unreadable (key "old")']);
    assert.equal(freeze?.unreadable?.keyId, 'old');
  },
  planKeyRotation: async () => {
    const { keys } = await client.planKeyRotation();
    const [current, other] = ['new', 'old'].map((id) => keys.find(({ keyId }) => keyId === id));
    assert.deepEqual([current?.verdict, other?.verdict, other?.readable], ['encrypts', 'keep', false]);
  },
  countKeys: async () => {
    const { currentKeyId, counts } = await client.countKeys();
    const other = counts.find(({ keyId }) => keyId === 'old');
    assert.deepEqual([currentKeyId, other?.freeze, other?.schedules], ['new', true, 0]);
  },
  rotateKeys: () => refusesTo('Unreadable', client.rotateKeys()),
  freeze: async () => {
    const { freeze, isNew } = await client.freeze(WHO);
    assert.deepEqual([isNew, freeze.unreadable?.keyId], [false, 'old']);
  },
};

const FLEET = () => ({ fleetId: old.fleet.fleetId, regionId: REGION });

const OF_FLEETS: Rows = {
  get: async () => {
    const { status, summary, requestedBy, ...rest } = await client.fleets.get(FLEET());
    assert.deepEqual([status, summary?.gate?.name, requestedBy], ['awaiting-approval', 'after the canary', 'ana']);
    assert.deepEqual([rest.reason, keyOf(rest)], [null, 'old']);
  },
  list: async () => {
    const listed = await client.fleets.list();
    const found = listed.find(({ fleetId }) => fleetId === old.fleet.fleetId);
    assert.deepEqual([found?.status, found && keyOf(found)], ['awaiting-approval', 'old']);
  },
  members: async () => {
    const members = await client.fleets.members(FLEET());
    assert.deepEqual(members.map(({ state }) => state).toSorted(), ['done', 'waiting']);
  },
  phases: async () => assert.equal((await client.fleets.phases(FLEET())).size, 0),
  readPlan: () => refusesToRead(client.fleets.readPlan(old.planId)),
  set: async () => assert.equal((await client.fleets.set(FLEET(), { ...WHO, maxFailures: 1 })).action, 'set'),
  pause: async () => assert.equal((await client.fleets.pause(FLEET(), WHO)).action, 'pause'),
  resume: async () => {
    const { summary } = await client.fleets.get(FLEET());
    const pause = summary?.pause?.number ?? 0;
    assert.equal((await client.fleets.resume(FLEET(), { ...WHO, pause })).action, 'resume');
  },
  retryFailed: () => refusesTo('DecisionRefused', client.fleets.retryFailed(FLEET(), WHO)),
  approve: () =>
    refusesTo(
      'DecisionRefused',
      client.fleets.approve(FLEET(), { ...WHO, planDigest: 'another', gate: 'after the canary' }),
    ),
  skip: async () => {
    const left = await client.fleets.members(FLEET(), { states: ['waiting'] });
    const instanceIds = left.map(({ instanceId }) => instanceId);
    assert.equal((await client.fleets.skip(FLEET(), { ...WHO, instanceIds })).action, 'skip');
  },
  abort: async () => assert.equal((await client.fleets.abort(FLEET(), WHO)).action, 'abort'),
  wait: async () => assert.equal((await client.fleets.wait(FLEET())).isRunning, false),
  reject: () => refusesTo('DecisionRefused', client.fleets.reject(FLEET(), { ...WHO, gate: 'after the canary' })),
  report: async () => {
    const { fleet, members } = await client.fleets.report(FLEET());
    assert.deepEqual([fleet.status, keyOf(fleet), members.length], ['aborted', 'old', 2]);
  },
  planRetry: () => refusesTo('DecisionRefused', client.fleets.planRetry(FLEET())),
  retry: () => refusesTo('DecisionRefused', client.fleets.retry(FLEET())),
  planRollback: () => refusesToRead(client.fleets.planRollback(FLEET())),
  rollback: () => refusesToRead(client.fleets.rollback(FLEET())),
  start: async () => {
    const started = await client.fleets.start(stage.spec(stage.ids.unasked, { name: 'other' }));
    await client.fleets.abort(started, WHO);
    assert.equal((await client.fleets.wait(started)).status, 'aborted');
  },
};

const OF_SCHEDULES: Rows = {
  list: async () => {
    const listed = new Map((await client.schedules.list()).map((each) => [each.scheduleId, each]));
    const [one, other] = [listed.get(old.scheduleId), listed.get(freshSchedule)];
    assert.deepEqual([one?.regionId, one?.fleet, one?.fired, one && keyOf(one)], [REGION, '', 1, 'old']);
    assert.deepEqual([other?.fleet, other && keyOf(other)], ['fresh', null]);
  },
  describe: async () => {
    const { firings, spec, times, ...rest } = await client.schedules.describe(old.scheduleId);
    assert.deepEqual([spec, times, keyOf(rest)], [null, ['0 2 1 1 *'], 'old']);
    assert.deepEqual(
      firings.map((firing) => [firing.status, keyOf(firing)]),
      [['done', 'old']],
    );
  },
  next: async () => assert.equal((await client.schedules.next(old.scheduleId, 2)).length, 2),
  pause: async () => {
    const { paused, note } = await client.schedules.pause(old.scheduleId, WHO);
    assert.deepEqual([paused, note], [true, 'paused by ana: zq-why']);
  },
  resume: async () => assert.equal((await client.schedules.resume(old.scheduleId, WHO)).paused, false),
  trigger: async () => assert.equal((await client.schedules.trigger(old.scheduleId, WHO)).outcome, 'started'),
  delete: async () => {
    await client.schedules.delete(old.scheduleId);
    await refusesTo('ScheduleNotFound', client.schedules.describe(old.scheduleId));
  },
  create: async () => assert.match(await makeSchedule(client, stage.spec(stage.ids.fresh)), /^yearly-/),
};

/** Commands that show what others have written, each with what its text says. */
const COMMANDS: readonly { readonly argv: () => readonly string[]; readonly says: RegExp }[] = [
  { argv: () => ['list'], says: /i-\w+ +done [^]*! i-\w+: unreadable \(key "old"\)/ },
  {
    argv: () => ['status', stage.ids.done, '--region', REGION],
    says: /^done: .*\n[^]*unreadable \(key "old"\): A payload/,
  },
  { argv: () => ['status', stage.ids.held, '--region', REGION], says: /^running: .*held[^]*unreadable \(key "old"\)/ },
  { argv: () => ['fleet', 'list'], says: /awaiting-approval [^]*! web-\w+: unreadable \(key "old"\)/ },
  {
    argv: () => ['fleet', 'status', 'web', '--region', REGION, '--no-follow'],
    says: /awaiting-approval: [^]*unreadable \(key "old"\)/,
  },
  { argv: () => ['schedule', 'list'], says: /yearly-\w+ +unreadable \(key "old"\) / },
  { argv: () => ['schedule', 'describe', old.scheduleId], says: /of fleet unreadable \(key "old"\) in cn-north-1/ },
  { argv: () => ['schedule', 'next', old.scheduleId], says: /next times:/ },
  { argv: () => ['doctor'], says: /warn +keys in use +.*key old: 1 schedule, 3 under way, the freeze/ },
  { argv: () => ['codec', 'rotate'], says: /^old: keep: the keys given here do not decrypt it; schedule yearly-/m },
  { argv: () => ['doctor'], says: /warn +freeze +frozen since .* by someone unknown: unreadable \(key "old"\)/ },
];

const runs = (argv: readonly string[]) =>
  runFake(argv, {
    env: stage.envOf('new'),
    connect: (options = {}) => ReimageClient.connect({ env: stage.envOf('new'), ...options }),
  });

it('a client that lacks a key under which other things were written does all that needs no such key', async (t) => {
  await setUp(t);
  for (const { argv, says } of COMMANDS) {
    await t.test(`the command line says ${String(says)}`, async () => {
      const { out, err } = await runs(argv());
      assert.match([...out, ...err].join('\n'), says);
    });
  }
  const classes = [
    { name: 'schedules', rows: OF_SCHEDULES, methods: methodsOf(FleetSchedules), beside: BESIDE },
    { name: 'fleets', rows: OF_FLEETS, methods: methodsOf(FleetClient), beside: BESIDE },
    { name: 'client', rows: OF_CLIENT, methods: methodsOf(ReimageClient), beside: [...BESIDE, 'unfreeze'] },
  ];
  for (const { name, rows, methods, beside } of classes) {
    for (const [method, row] of Object.entries(rows)) await t.test(`${name}.${method}`, row);
    await t.test(`there is a row for every method of ${name}`, () => {
      assert.deepEqual(Object.keys(rows).toSorted(), methods.filter((each) => !beside.includes(each)).toSorted());
    });
  }
  await t.test('a freeze that neither worker nor client can read', refusesAndEnds);
});

async function refusesAndEnds(): Promise<void> {
  await worker.kill();
  worker = await stage.startWorker('new');
  const request = requestFor(stage.ids.unasked);
  const { failure } = await client.wait(await client.start(request));
  assert.equal(failure?.type, 'Frozen', failure?.message);
  assert.match(failure.message, /by someone unknown: unreadable \(key "old"\)/);

  const unfrozen = await client.unfreeze({ by: 'bob', reason: 'over' });

  assert.deepEqual([unfrozen?.end.by, unfrozen?.freeze.unreadable?.keyId], ['bob', 'old']);
  assert.equal(await client.frozen(), null);
  assert.equal(await client.unfreeze({ by: 'bob', reason: 'over' }), null);
  const result = await client.wait(await client.start(request));
  assert.equal(result.outcome, 'done', result.failure?.message);
}
