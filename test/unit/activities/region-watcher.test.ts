import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createStatusPoller } from '../../../activities/polling/poller.js';
import {
  CredentialsError,
  PermissionError,
  QuotaError,
  RefusedError,
  ThrottledError,
  UnavailableError,
} from '../../../jdcloud/errors.js';
import type { Instance } from '../../../jdcloud/schemas.js';

const facts = {
  operation: 'describeBriefInstances',
  httpStatus: null,
  status: null,
  code: null,
  requestId: null,
  retryAfterMs: null,
  mayHaveArrived: false,
};
const vmRef = (instanceId: string) => ({ regionId: 'cn-north-1', instanceId });
const INTERVAL = 20;

/** A watcher over a list of answers, one per poll; the last one repeats. */
function watcherOver(t: TestContext, answers: readonly (Record<string, string> | Error)[]) {
  const polls: { ids: string[]; at: number }[] = [];
  const watcher = createStatusPoller({
    intervalMs: INTERVAL,
    readMany: async (_regionId, ids) => {
      const answer = answers[Math.min(polls.length, answers.length - 1)];
      polls.push({ ids: [...ids], at: performance.now() });
      if (answer instanceof Error) throw answer;
      const found = Object.entries(answer ?? {}).filter(([id]) => ids.includes(id));
      return new Map(found.map(([id, status]): [string, Instance] => [id, { instanceId: id, status }]));
    },
  });
  const controller = new AbortController();
  const follow = (id: string) => {
    const following = watcher.subscribe(vmRef(id), 'stopping', controller.signal);
    t.after(() => following.stop(false));
    return following;
  };
  return { watcher, polls, follow, controller };
}

describe('the watcher of a region', () => {
  it('asks for all VMs that are waited for by one call', async (t) => {
    const { polls, follow } = watcherOver(t, [{ a: 'stopping', b: 'running' }]);
    const [a, b] = [follow('a'), follow('b')];
    const sightings = await Promise.all([a.next(), b.next()]);

    assert.deepEqual(
      sightings.map((sighting) => sighting.kind === 'seen' && sighting.observation.status),
      ['stopping', 'running'],
    );
    assert.deepEqual(polls[0]?.ids, ['a', 'b']);
    assert.equal(polls.length, 1);
  });

  it('says absent for a VM that the answer leaves out', async (t) => {
    const { follow } = watcherOver(t, [{}]);
    assert.deepEqual(await follow('a').next(), { kind: 'absent' });
  });

  it('hands on a fault and goes on', async (t) => {
    const error = new UnavailableError('503', facts);
    const { follow } = watcherOver(t, [error, { a: 'stopped' }]);
    const a = follow('a');

    assert.deepEqual(await a.next(), { kind: 'failed', error, isFinal: false });
    assert.equal((await a.next()).kind, 'seen');
  });

  /** Whether each of six sightings is the end: two looks that fail, a good one, three that fail. */
  const finalsOf = async (t: TestContext, error: Error) => {
    const { follow } = watcherOver(t, [error, error, { a: 'running' }, error, error, error]);
    const a = follow('a');
    const sightings = [];
    for (let i = 0; i < 6; i += 1) sightings.push(await a.next());
    return sightings.map((sighting) => (sighting.kind === 'failed' ? sighting.isFinal : sighting.kind));
  };

  it('believes a refusal when it came three times in a row, and not before', async (t) => {
    assert.deepEqual(await finalsOf(t, new RefusedError('400', facts)), [false, false, 'seen', false, false, true]);
  });

  for (const [name, Refusal] of Object.entries({ CredentialsError, PermissionError, QuotaError })) {
    it(`never takes a ${name} for the end: who waits has touched the VM`, async (t) => {
      assert.deepEqual(await finalsOf(t, new Refusal('no', facts)), [false, false, 'seen', false, false, false]);
    });
  }

  it('waits as long as throttling asks for', async (t) => {
    const error = new ThrottledError('429', { ...facts, retryAfterMs: 300 });
    const { polls, follow } = watcherOver(t, [error, { a: 'stopped' }]);
    const a = follow('a');
    await a.next();
    await a.next();

    const [first, second] = polls;
    assert.ok(first !== undefined && second !== undefined && second.at - first.at >= 300);
  });

  it('throws the reason of the signal, also while nothing is seen', async (t) => {
    const { follow, controller } = watcherOver(t, [{}]);
    const a = follow('a');
    const reason = new Error('the worker stops');
    const next = a.next();
    controller.abort(reason);

    await assert.rejects(
      async () => {
        await next;
        await a.next();
      },
      (error) => error === reason,
    );
  });

  it('follows nobody and asks nothing once all have stopped', async (t) => {
    const { watcher, polls, follow } = watcherOver(t, [{ a: 'stopped' }]);
    const a = follow('a');
    await a.next();
    a.stop(true);
    const count = polls.length;
    await new Promise((resolve) => setTimeout(resolve, 5 * INTERVAL));

    assert.equal(watcher.size(), 0);
    assert.equal(polls.length, count);
  });
});
