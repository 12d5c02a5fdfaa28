import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { readCodecKeys } from '../../temporal/encryption/codec-keys.js';
import { announceKeys, readKeyRecord } from '../../temporal/encryption/key-record.js';
import { ownTemporal } from '../fixtures/temporal-env.js';

/** Temporal 1.29 has 10,000 by default. */
const MOST_SIGNALS = 5;

it('a record of keys that takes no more begins anew, and goes on telling who encrypts by what', async (t) => {
  const { client } = await ownTemporal(t, { dynamicConfig: { 'history.maximumSignalsPerExecution': MOST_SIGNALS } });
  const keys = await readCodecKeys({ REIMAGE_CODEC_KEYS: 'k1=env:K1' }, async () => 'ab'.repeat(32));
  assert.ok(keys);
  const of = { service: client.workflowService, namespace: 'default', taskQueue: `keys-${randomUUID()}` };

  for (let worker = 0; worker < 2 * MOST_SIGNALS; worker += 1) {
    const identity = `${worker}@host`;
    await announceKeys(of, keys, identity);
    const [last] = await readKeyRecord(of);
    assert.deepEqual([last?.keyId, last?.worker], ['k1', { identity, reads: ['k1'] }]);
  }
});
