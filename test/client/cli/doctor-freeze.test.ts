import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkFreeze } from '../../../client/cli/commands/doctor/check-temporal.js';
import { ReimageClient } from '../../../client/index.js';
import { ownNamespace } from '../../fixtures/own-namespace.js';

describe('doctor on a freeze', () => {
  it('warns of it, and fails neither for it nor for what it cannot read', async (t) => {
    const { client } = await ownNamespace(t);
    const connect = () => ReimageClient.connect({ client, taskQueue: 'nobody' });
    assert.equal((await checkFreeze(connect)).status, 'ok');
    await using library = await connect();
    await library.freeze({ by: 'ann', reason: 'audit' });

    const check = await checkFreeze(connect);

    assert.equal(check.status, 'warn');
    assert.match(check.message, /frozen since 2\S+ by ann: audit/);
    const blind = await checkFreeze(() => Promise.reject(new Error('no key')));
    assert.deepEqual([blind.status, /no key/.test(blind.message)], ['warn', true]);
  });
});
