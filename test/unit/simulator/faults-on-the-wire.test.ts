import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { region, vm } from '../../../simulator/model/builders.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import { act, call, gist, type Received } from './support/signed-call.js';
import { FOREVER_MS, FROZEN, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const state = region({ vms: [vm(ID, 'running')] });

interface Row {
  readonly kind: FaultRule['kind'];
  /** Whether the call takes effect. */
  readonly performed: boolean;
  readonly answer: string;
  readonly check?: (received: Received) => void;
}

const bodyIs = (text: string | RegExp) => (received: Received) =>
  typeof text === 'string' ? assert.equal(received.text, text) : assert.match(received.text, text);
const retryAfter =
  (seconds: string | null) =>
  ({ headers }: Received) =>
    assert.equal(headers.get('retry-after'), seconds);

const ROWS: readonly Row[] = [
  { kind: { status: 500 }, performed: false, answer: '500 INTERNAL Internal server error' },
  { kind: { status: 500, when: 'after' }, performed: true, answer: '500 INTERNAL Internal server error' },
  {
    kind: { status: 500, code: 'UNKNOWN', message: 'Unknown server error' },
    performed: false,
    answer: '500 UNKNOWN Unknown server error',
  },
  {
    kind: { status: 502 },
    performed: false,
    answer: '502 HTTP_BAD_GATEWAY An invalid response was received from the upstream server',
  },
  {
    kind: { status: 503, when: 'after' },
    performed: true,
    answer: '503 HTTP_SERVICE_UNAVAILABLE The upstream server is currently unavailable',
  },
  { kind: { status: 504 }, performed: false, answer: '504 HTTP_SERVER_TIMING_OUT The upstream server is timing out' },
  {
    kind: { status: 400, code: 'FAILED_PRECONDITION', message: "Conflict with underlay task 'x'" },
    performed: false,
    answer: "400 FAILED_PRECONDITION Conflict with underlay task 'x'",
  },
  { kind: { status: 401 }, performed: false, answer: '401 ACCESS_ERROR sign result is not same [gw]' },
  { kind: { status: 403 }, performed: false, answer: '403 PERMISSION_DENIED Permission denied' },
  { kind: { status: 404 }, performed: false, answer: `404 NOT_FOUND Instance '${ID}' not found.` },
  {
    kind: { status: 503, retryAfterSeconds: 7 },
    performed: false,
    answer: '503 HTTP_SERVICE_UNAVAILABLE The upstream server is currently unavailable',
    check: retryAfter('7'),
  },
  {
    kind: { throttle: true },
    performed: false,
    answer: '429 HTTP_RATE_LIMIT_EXCEEDED minute rate limit exceeded, role:ak',
    check: retryAfter(null),
  },
  {
    kind: { throttle: true, retryAfterSeconds: 3 },
    performed: false,
    answer: '429 HTTP_RATE_LIMIT_EXCEEDED minute rate limit exceeded, role:ak',
    check: retryAfter('3'),
  },
  { kind: { quota: true }, performed: false, answer: '429 QUOTA_EXCEEDED Image quota limit exceeded' },
  { kind: { body: 'html' }, performed: false, answer: '503', check: bodyIs(/^<html>/) },
  { kind: { body: 'html', status: 200, when: 'after' }, performed: true, answer: '200', check: bodyIs(/^<html>/) },
  { kind: { body: 'empty', when: 'after' }, performed: true, answer: '200', check: bodyIs('') },
  {
    kind: { body: 'truncated', when: 'after' },
    performed: true,
    answer: '200',
    check: bodyIs(/^\{"requestId":"[0-9a-f]+$/),
  },
  { kind: { body: 'wrong-shape' }, performed: false, answer: '200', check: bodyIs('{"code":0,"data":[]}') },
];

describe('a fault on the wire', () => {
  for (const { kind, performed, answer, check } of ROWS) {
    it(`${JSON.stringify(kind)}: ${answer}, ${performed ? 'performed' : 'not performed'}`, async (t) => {
      const simulator = await simulatorFor(t, { ...FROZEN, state, faults: [{ operation: 'stopInstance', kind }] });
      const received = await act(simulator, ID, 'stopInstance');

      assert.equal(gist(received), answer);
      check?.(received);
      assert.equal(simulator.journal.effective('stopInstance'), performed ? 1 : 0);
      assert.equal(simulator.vm(ID).task?.name, performed ? 'stopInstance' : undefined);
      const [entry] = simulator.journal.calls();
      assert.equal(entry?.httpStatus, received.status);
      assert.ok(entry?.fault);
    });
  }

  for (const drop of ['before', 'after'] as const) {
    it(`{"drop":"${drop}"}: the connection breaks ${drop} the call is performed`, async (t) => {
      const simulator = await simulatorFor(t, { state, faults: [{ operation: 'stopInstance', kind: { drop } }] });

      await assert.rejects(act(simulator, ID, 'stopInstance'), /fetch failed/);
      assert.equal(simulator.journal.effective('stopInstance'), drop === 'after' ? 1 : 0);
      assert.deepEqual(
        simulator.journal.calls().map(({ httpStatus, fault }) => [httpStatus, fault]),
        [[null, `drop ${drop}`]],
      );
    });
  }

  for (const when of ['before', 'after'] as const) {
    it(`a delay ${when} the call holds the answer back, ${when === 'after' ? 'with' : 'without'} effect so far`, async (t) => {
      const simulator = await simulatorFor(t, {
        state,
        faults: [{ operation: 'stopInstance', kind: { delayMs: FOREVER_MS, when } }],
      });
      const answer = act(simulator, ID, 'stopInstance').catch(() => 'broken off');
      await simulator.waitFor(({ journal }) => journal.calls({ operation: 'stopInstance' })[0]?.fault != null);

      assert.equal(simulator.journal.effective('stopInstance'), when === 'after' ? 1 : 0);
      assert.equal(simulator.journal.calls()[0]?.httpStatus, null);
      await simulator.close();
      assert.equal(await answer, 'broken off');
    });
  }

  it('a delayed call is answered as usual once the time is over', async (t) => {
    const simulator = await simulatorFor(t, { state, faults: [{ operation: '*', kind: { delayMs: 30 } }] });
    const before = performance.now();
    const answer = await act(simulator, ID, 'stopInstance');

    assert.equal(gist(answer), '200');
    assert.ok(performance.now() - before >= 29);
  });

  it('delay, outcome and answer may strike the same call', async (t) => {
    const simulator = await simulatorFor(t, {
      state,
      faults: [
        { operation: 'stopInstance', kind: { delayMs: 1 } },
        { operation: 'stopInstance', kind: { outcome: 'error' } },
        { operation: 'stopInstance', kind: { status: 500, when: 'after' } },
      ],
    });
    const answer = await act(simulator, ID, 'stopInstance');
    await simulator.waitFor(() => simulator.vm(ID).status === 'error');

    assert.equal(answer.status, 500);
    assert.equal(simulator.journal.calls()[0]?.fault, 'delay 1 ms before, status 500 after, outcome error');
  });

  it('answered after a call that JD Cloud refuses leaves it not performed', async (t) => {
    const simulator = await simulatorFor(t, {
      state,
      faults: [{ operation: '*', kind: { status: 500, when: 'after' } }],
    });
    const answer = await act(simulator, ID, 'startInstance');

    assert.equal(answer.status, 500);
    assert.equal(simulator.journal.effective('startInstance'), 0);
    assert.equal(simulator.journal.calls()[0]?.errorMessage, "Invalid instance status 'running'");
  });

  it('a stale read shows the VM as it was before its last change, whole', async (t) => {
    const simulator = await simulatorFor(t, { state: region({ vms: [vm(ID, 'stopped')] }) });
    const read = async () =>
      z
        .looseObject({ imageId: z.string() })
        .parse((await call(simulator, { path: `/instances/${ID}` })).json?.result?.['instance']);
    const old = await read();
    await act(simulator, ID, 'rebuildInstance', { imageId: 'img-ubuntu2404', imageInherit: 'yes' });
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 1);
    simulator.addFault({ operation: 'describeInstance', kind: { stale: true } });

    assert.deepEqual(await read(), { ...old, status: 'rebuilding' });
    assert.equal((await read()).imageId, 'img-ubuntu2404');
  });
});
