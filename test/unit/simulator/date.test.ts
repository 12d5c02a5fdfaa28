import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, gist, type Received, send, sign } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

// Years from any day on which this runs.
const NOON = Date.parse('2006-01-02T12:00:00Z');
const LIST = { path: '/instances' };
const dateOf = ({ headers }: Received) => headers.get('date');

describe('a simulator with a clock of its own', () => {
  it('takes dates near that clock and refuses those near ours', async (t) => {
    const simulator = await simulatorFor(t, { now: () => NOON });

    assert.equal(gist(await call(simulator, { ...LIST, at: new Date(NOON - 14 * 60_000) })), '200');
    assert.match(gist(await call(simulator, { ...LIST, at: new Date() })), /^401 .*x-jdcloud-date is out of range/);
  });

  it('dates every answer by it: success, refusal, fault, and a request that cannot be read', async (t) => {
    const simulator = await simulatorFor(t, { now: () => NOON });
    simulator.addFault({ operation: 'describeImages', kind: { body: 'html' } });
    const good = sign(simulator, { ...LIST, at: new Date(NOON) });

    const answers = [
      await send(good),
      await call(simulator, { ...LIST, at: new Date() }),
      await call(simulator, { path: '/images', at: new Date(NOON) }),
      await send({ ...good, url: `${simulator.endpoint}/v1/%zz` }),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 401, 503, 400],
    );
    for (const answer of answers) assert.equal(dateOf(answer), 'Mon, 02 Jan 2006 12:00:00 GMT');
  });

  it('enters calls in the journal by it', async (t) => {
    const simulator = await simulatorFor(t, { now: () => NOON });
    await call(simulator, { ...LIST, at: new Date(NOON) });

    assert.equal(simulator.journal.calls()[0]?.at, '2006-01-02T12:00:00.000Z');
  });
});
