import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities/create-activities.js';
import { acknowledgeHeartbeat } from '../../activities/runtime/heartbeat.js';
import { CallWithheldError } from '../../jdcloud/errors.js';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { connectWorker } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startTestWorker } from '../fixtures/worker.js';

/** The heartbeat timeout of a call, and a margin for a server that is busy. */
const TIMED_OUT_MS = 35_000;

/** A rebuild whose stop is under way and does nothing but ask, when it is told to. */
async function startHeldStop(t: Scope) {
  const instanceId = uniqueVmId();
  const cloud = await startSimulator({ compress: 200, state: region({ vms: [vm(instanceId, 'running')] }) });
  defer(t, () => cloud.close());
  const contexts: Context[] = [];
  const around = (activities: Activities) => ({
    ...activities,
    stopInstance: async () => {
      const context = Context.current();
      contexts.push(context);
      await context.cancelled;
    },
  });
  const { client, start } = await startTestWorker(t, { cloud, around });
  const handle = await start(requestFor(instanceId));
  defer(t, async () => void (await handle.terminate().catch(() => undefined)));
  const attempt = async (nth: number) => {
    await eventually(`attempt ${nth} is under way`, () => contexts.length >= nth, TIMED_OUT_MS + 20_000);
    const context = contexts[nth - 1];
    assert.ok(context !== undefined);
    return context;
  };
  const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
  const activity = async () => ({
    namespace: 'default',
    execution: { workflowId: handle.workflowId },
    id: (await pending())?.activityId ?? '',
  });
  return { handle, service: client.workflowService, attempt, activity };
}

/** A wire to the server that can be made to carry nothing any more, and looks open. */
async function startWire(t: Scope, to: string) {
  const [host = '', port = ''] = to.split(':');
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  defer(t, async () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    fallSilent: () => sockets.forEach((socket) => socket.unpipe().pause()),
  };
}

/** How the server answers for an attempt: what it was withheld for, null when it was confirmed. */
async function asked(context: Context): Promise<CallWithheldError | null> {
  const answer: unknown = await acknowledgeHeartbeat(context, { attempt: context.info.attempt }).catch(
    (error: unknown) => error,
  );
  if (answer === undefined) return null;
  assert.ok(answer instanceof CallWithheldError);
  return answer;
}

describe('whether an attempt still counts, by the word of the server', { concurrency: true }, () => {
  it('confirms the one that is under way', async (t) => {
    const { attempt } = await startHeldStop(t);

    assert.equal(await asked(await attempt(1)), null);
  });

  it('refuses the one that has timed out, whether or not its worker has noticed, and confirms the next', async (t) => {
    const { attempt } = await startHeldStop(t);
    const first = await attempt(1);
    const second = await attempt(2);

    assert.match((await asked(first))?.message ?? '', /ActivityNotFoundError/);
    assert.equal(await asked(second), null);
  });

  it('refuses one whose rebuild was cancelled, and says so', async (t) => {
    const { handle, attempt } = await startHeldStop(t);
    const context = await attempt(1);
    await handle.cancel();
    let answer: CallWithheldError | null = null;
    await eventually('it is refused', async () => (answer = await asked(context)) !== null);

    assert.equal((answer as CallWithheldError | null)?.isCancelled, true);
  });

  it('refuses one that an operator paused', async (t) => {
    const { service, attempt, activity } = await startHeldStop(t);
    const context = await attempt(1);
    await service.pauseActivity(await activity());

    const answer = await asked(context);
    assert.match(answer?.message ?? '', /ActivityPausedError/);
    assert.equal(answer?.isCancelled, false);
  });

  it('refuses one that an operator reset', async (t) => {
    const { service, attempt, activity } = await startHeldStop(t);
    const context = await attempt(1);
    await service.resetActivity(await activity());

    assert.match((await asked(context))?.message ?? '', /ActivityResetError/);
  });

  it('refuses one that has timed out by options that an operator changed', async (t) => {
    const { service, attempt, activity } = await startHeldStop(t);
    const first = await attempt(1);
    await service.updateActivityOptions({
      ...(await activity()),
      activityOptions: { heartbeatTimeout: msToTs('2s') },
      updateMask: { paths: ['heartbeatTimeout'] },
    });
    const second = await attempt(2);

    assert.match((await asked(first))?.message ?? '', /ActivityNotFoundError/);
    assert.equal(await asked(second), null);
  });

  it('refuses one whose workflow was terminated', async (t) => {
    const { handle, attempt } = await startHeldStop(t);
    const context = await attempt(1);
    await handle.terminate();

    assert.match((await asked(context))?.message ?? '', /ActivityNotFoundError/);
  });

  it('refuses one that nobody answers for in time', async (t) => {
    const { settings } = await testTemporal(t);
    const wire = await startWire(t, settings.address);
    const connection = await connectWorker({ ...settings, connectionOptions: { address: wire.address } });
    defer(t, () => connection.close());
    const client = new Client({ connection });
    const environment = new MockActivityEnvironment({}, { client });
    wire.fallSilent();
    const answer: CallWithheldError | null = await environment.run(() => asked(Context.current()));

    assert.match(answer?.message ?? '', /no answer within 4 s/);
  });
});

describe('a machine that sleeps while it asks', () => {
  it('does not take the answer for one of now', async (t) => {
    const { attempt } = await startHeldStop(t);
    const context = await attempt(1);
    const { now } = Date;
    const asking = asked(context);
    t.mock.method(Date, 'now', () => now() + 5_000);

    assert.match((await asking)?.message ?? '', /slept while Temporal was asked/);
  });
});
