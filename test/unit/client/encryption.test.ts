import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { readDataConverter, ReimageClient } from '../../../client/index.js';

const env = { REIMAGE_CODEC_KEYS: 'k=env:KEY', KEY: randomBytes(32).toString('hex') };
const lazy = () => Connection.lazy({ address: '127.0.0.1:1' });

describe('a Temporal client of the caller', () => {
  it('given keys, then one that would write in clear is refused, and one with their codec is taken', async (t) => {
    const connection = lazy();
    t.after(() => connection.close());
    await assert.rejects(
      ReimageClient.connect({ client: new Client({ connection }), env }),
      /REIMAGE_CODEC_KEYS is set, but .* has no payload codec: make it with readDataConverter/,
    );
    const client = new Client({ connection, dataConverter: await readDataConverter(env) });
    await using reimage = await ReimageClient.connect({ client, env });
    assert.equal(reimage.temporal, client);
  });

  it('given no keys, then the converter is empty and any client is taken', async (t) => {
    const connection = lazy();
    t.after(() => connection.close());
    assert.deepEqual(await readDataConverter({}), {});
    await using reimage = await ReimageClient.connect({ client: new Client({ connection }), env: {} });
    assert.ok(reimage);
  });

  it('given keys that cannot be read, then the error names the variable before anything is asked', async () => {
    const wrong = { REIMAGE_CODEC_KEYS: 'k=env:NOWHERE', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    await assert.rejects(ReimageClient.connect({ env: wrong }), {
      name: 'ReimageInvalidInputError',
      field: 'REIMAGE_CODEC_KEYS',
    });
  });
});
