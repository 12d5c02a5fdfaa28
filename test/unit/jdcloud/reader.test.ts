import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NotFoundError, RefusedError, ThrottledError, UnavailableError } from '../../../jdcloud/errors.js';
import { createVmReader, type ReaderApi } from '../../../jdcloud/reader.js';

interface Asked {
  readonly operation: string;
  readonly regionId: string;
  readonly keys: readonly string[];
}

const MISSING = 'missing';
const known = (keys: readonly string[] = []) => keys.filter((key) => !key.startsWith(MISSING));

/** An API that knows every id but those that begin with `missing`, and writes down what it is asked. */
function recordingApi(replaced: Partial<ReaderApi> = {}) {
  const asked: Asked[] = [];
  const note = (operation: string, regionId: string, keys: readonly string[] = []) => {
    asked.push({ operation, regionId, keys });
    return { requestId: `r-${asked.length}`, totalCount: known(keys).length };
  };
  const api: ReaderApi = {
    describeInstances: async ({ regionId, instanceIds }) => ({
      ...note('describeInstances', regionId, instanceIds),
      instances: known(instanceIds).map((instanceId) => ({ instanceId, status: 'running' })),
    }),
    describeBriefInstances: async ({ regionId, instanceIds }) => ({
      ...note('describeBriefInstances', regionId, instanceIds),
      instances: known(instanceIds).map((instanceId) => ({ instanceId })),
    }),
    describeImages: async ({ regionId, imageIds }) => ({
      ...note('describeImages', regionId, imageIds),
      images: known(imageIds).map((imageId) => ({ imageId })),
    }),
    describeImageConstraintsBatch: async ({ regionId, imageIds }) => ({
      ...note('describeImageConstraintsBatch', regionId, imageIds),
      imageConstraints: known(imageIds).map((imageId) => ({ imageId })),
    }),
    describeKeypairs: async ({ regionId, keyNames }) => ({
      ...note('describeKeypairs', regionId, keyNames),
      keypairs: known(keyNames).map((keyName) => ({ keyName })),
    }),
    describeInstancesCustomData: async ({ regionId, instanceIds }) => ({
      ...note('describeInstancesCustomData', regionId, instanceIds),
      customData: known(instanceIds).map((instanceId) => ({ instanceId, metadata: [] })),
    }),
    ...replaced,
  };
  return { api, asked };
}

const NORTH = { regionId: 'cn-north-1' };
const many = (count: number) => Array.from({ length: count }, (_, index) => `i-${index}`);

describe('the shared reader', () => {
  it('asks once per region for VMs that are asked for together', async () => {
    const { api, asked } = recordingApi();
    const reader = createVmReader({ api, windowMs: 1 });

    const found = await Promise.all([
      reader.instance({ ...NORTH, instanceId: 'i-1' }),
      reader.instance({ ...NORTH, instanceId: 'i-2' }),
      reader.instance({ ...NORTH, instanceId: 'i-1' }),
      reader.instance({ regionId: 'cn-east-2', instanceId: 'i-1' }),
    ]);

    assert.deepEqual(
      found.map(({ instanceId }) => instanceId),
      ['i-1', 'i-2', 'i-1', 'i-1'],
    );
    assert.deepEqual(asked, [
      { operation: 'describeInstances', regionId: 'cn-north-1', keys: ['i-1', 'i-2'] },
      { operation: 'describeInstances', regionId: 'cn-east-2', keys: ['i-1'] },
    ]);
  });

  it('asks for brief objects of up to 100 VMs a call and leaves unknown ones out', async () => {
    const { api, asked } = recordingApi();
    const reader = createVmReader({ api, windowMs: 1 });

    const found = await reader.briefInstances('cn-north-1', [...many(249), 'missing-1', 'i-0']);

    assert.equal(found.size, 249);
    assert.equal(found.get('i-7')?.instanceId, 'i-7');
    assert.deepEqual(
      asked.map(({ keys }) => keys.length),
      [100, 100, 50],
    );
  });

  it('asks for nothing when no VM is asked for', async () => {
    const { api, asked } = recordingApi();

    const found = await createVmReader({ api, windowMs: 1 }).briefInstances('cn-north-1', []);

    assert.deepEqual([found.size, asked.length], [0, 0]);
  });

  it('asks for custom data of ten VMs a call', async () => {
    const { api, asked } = recordingApi();
    const reader = createVmReader({ api, windowMs: 1 });

    const found = await Promise.all(many(12).map((instanceId) => reader.customData({ ...NORTH, instanceId })));

    assert.equal(found.length, 12);
    assert.deepEqual(
      asked.map(({ keys }) => keys.length),
      [10, 2],
    );
  });

  it('gives null for a key pair and for limits that the list does not hold', async () => {
    const reader = createVmReader({ api: recordingApi().api, windowMs: 1 });

    assert.equal(await reader.keypair({ ...NORTH, keyName: 'missing' }), null);
    assert.equal((await reader.keypair({ ...NORTH, keyName: 'ops' }))?.keyName, 'ops');
    assert.equal(await reader.constraints({ ...NORTH, imageId: 'missing' }), null);
    assert.equal((await reader.constraints({ ...NORTH, imageId: 'img-1' }))?.imageId, 'img-1');
  });

  const rows = [
    ['instance', 'describeInstances', 'instance'],
    ['image', 'describeImages', 'image'],
    ['customData', 'describeInstancesCustomData', null],
  ] as const;
  for (const [kind, operation, resource] of rows) {
    it(`throws NotFoundError with the request id for ${kind} of an id that the list does not hold`, async () => {
      const reader = createVmReader({ api: recordingApi().api, windowMs: 1 });
      const id = { ...NORTH, instanceId: 'missing-1', imageId: 'missing-1' };
      const other = reader[kind]({ ...NORTH, instanceId: 'x-1', imageId: 'x-1' });

      await assert.rejects(reader[kind](id), (error) => {
        assert.ok(error instanceof NotFoundError);
        assert.deepEqual([error.operation, error.requestId, error.resource], [operation, 'r-1', resource]);
        assert.match(error.message, new RegExp(`^${operation} of missing-1: .*request id r-1`));
        return true;
      });
      await other;
    });
  }

  it('never takes absence from a part of the list for proof', async () => {
    const { api } = recordingApi({
      describeInstances: async () => ({ requestId: 'r-9', totalCount: 5000, instances: [{ instanceId: 'i-other' }] }),
    });
    const reader = createVmReader({ api, windowMs: 1 });

    await assert.rejects(reader.instance({ ...NORTH, instanceId: 'i-1' }), (error) => {
      assert.ok(error instanceof UnavailableError);
      assert.match(error.message, /only a part of the list.*request id r-9/);
      return true;
    });
  });

  it('refuses an empty id alone, so that it spoils nobody else', async () => {
    const { api, asked } = recordingApi();
    const reader = createVmReader({ api, windowMs: 1 });
    const good = reader.instance({ ...NORTH, instanceId: 'i-1' });

    await assert.rejects(reader.instance({ ...NORTH, instanceId: '' }), RefusedError);

    assert.equal((await good).instanceId, 'i-1');
    assert.deepEqual(asked[0]?.keys, ['i-1']);
  });

  it('passes the error of a call on to all who asked', async () => {
    const facts = { operation: 'x', httpStatus: 429, status: null, code: null, requestId: null, retryAfterMs: 5 };
    const error = new ThrottledError('slow down', { ...facts, mayHaveArrived: false });
    const { api } = recordingApi({ describeInstances: async () => Promise.reject(error) });
    const reader = createVmReader({ api, windowMs: 1 });

    const asks = ['i-1', 'i-2'].map((instanceId) => reader.instance({ ...NORTH, instanceId }));

    for (const result of await Promise.allSettled(asks))
      assert.deepEqual(result, { status: 'rejected', reason: error });
  });

  it('keeps images that were found, and nothing of VMs', async () => {
    const { api, asked } = recordingApi();
    const reader = createVmReader({ api, windowMs: 1, maxAgeMs: 60_000 });
    const read = async (options?: { fresh: boolean }) => {
      await reader.image({ ...NORTH, imageId: 'img-1' }, options);
      await assert.rejects(reader.image({ ...NORTH, imageId: 'missing-1' }, options), NotFoundError);
      await reader.instance({ ...NORTH, instanceId: 'i-1' }, options);
    };

    await read();
    await read();
    await read({ fresh: true });

    const times = (key: string) => asked.filter(({ keys }) => keys.includes(key)).length;
    assert.deepEqual([times('img-1'), times('missing-1'), times('i-1')], [2, 3, 3]);
  });

  it('ends its call when the only one who asked has left', async () => {
    let ended: unknown = null;
    const leaving = new AbortController();
    const { api } = recordingApi({
      describeInstances: (_query, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => {
            ended = options.signal?.aborted;
            reject(new Error('ended'));
          });
          leaving.abort(new Error('left'));
        }),
    });
    const reader = createVmReader({ api, windowMs: 1 });

    await assert.rejects(reader.instance({ ...NORTH, instanceId: 'i-1' }, { signal: leaving.signal }), /left/);

    assert.equal(ended, true);
  });
});
