import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import { readCodecKeys } from '../../temporal/encryption/codec-keys.js';
import { createDataConverter } from '../../temporal/encryption/payload-codec.js';
import { openNamespace } from '../../temporal/namespace/open-namespace.js';
import { ownNamespace } from '../fixtures/own-namespace.js';

/** A namespace, and a freeze in it that no worker has ever seen. */
async function setUp(t: TestContext, dataConverter: DataConverter = {}) {
  const { client, nativeConnection: connection, settings } = await ownNamespace(t);
  const { namespace } = settings;
  const writer = new Client({ connection: client.connection, namespace, dataConverter });
  const start = (memo?: Record<string, string>) =>
    writer.workflow.start(WORKFLOW.freeze, {
      workflowId: FREEZE_WORKFLOW_ID,
      taskQueue: 'nobody',
      args: [],
      ...(memo !== undefined && { memo }),
    });
  return { connection, namespace, start };
}

const MEMO_OF_ANN = { [MEMO.requestedBy]: 'ann', [MEMO.reason]: 'audit' };

async function encryption(): Promise<DataConverter> {
  return createDataConverter(await readCodecKeys({ REIMAGE_CODEC_KEYS: 'k=env:K' }, async () => KEY));
}

const KEY = randomBytes(32).toString('hex');

describe('the namespace, as a worker asks it', () => {
  it('given no freeze, one under way and one that has ended, then it tells which, without any worker', async (t) => {
    const { start, ...where } = await setUp(t);
    const namespace = openNamespace(where);
    assert.equal(await namespace.freeze(), null);

    const handle = await start(MEMO_OF_ANN);

    const { startTime } = await handle.describe();
    assert.deepEqual(await namespace.freeze(), { by: 'ann', reason: 'audit', since: startTime.toISOString() });
    await handle.terminate();
    assert.equal(await namespace.freeze(), null);
  });

  it('given a freeze that someone started by hand, then it counts, though nobody knows whose it is', async (t) => {
    const { start, ...where } = await setUp(t);

    await start();

    const freeze = await openNamespace(where).freeze();
    assert.equal(freeze?.by, 'someone unknown');
  });

  it('given encrypted memos, then who has the keys reads them, and who has not is told that it is frozen, not why', async (t) => {
    const dataConverter = await encryption();
    const { start, ...where } = await setUp(t, dataConverter);
    await start(MEMO_OF_ANN);

    const freeze = await openNamespace({ ...where, dataConverter }).freeze();

    assert.equal(freeze?.reason, 'audit');
    const { by, reason } = (await openNamespace(where).freeze()) ?? {};
    assert.equal(by, 'someone unknown');
    assert.match(reason ?? '', /^unreadable \(key "\w+"\)$/);
  });

  it('given a namespace that does not exist, then it rejects', async (t) => {
    const { connection } = await setUp(t);

    await assert.rejects(openNamespace({ connection, namespace: 'nowhere' }).freeze(), /nowhere/);
  });
});
