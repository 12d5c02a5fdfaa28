import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { it } from 'node:test';
import { startCli } from '../client/cli/spawn-cli.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';

it('a worker says in its log what it waits for, and ends with the cause in words', async (t) => {
  const silent = createServer((socket) => defer(t, () => void socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  defer(t, () => void silent.close());
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const cloud = { JDCLOUD_ENDPOINT: 'http://127.0.0.1:1', JDCLOUD_ACCESS_KEY: 'a', JDCLOUD_SECRET_KEY: 'b' };

  const worker = startCli(['worker'], { ...cloud, TEMPORAL_ADDRESS: address });

  await eventually('it is told', () => worker.stdout().includes(`waiting for the Temporal server at ${address}`));
  const { exitCode, stderr } = await worker.ended;
  assert.equal(exitCode, 7);
  assert.match(stderr, new RegExp(`Cannot connect to Temporal at ${address}: it does not answer within 10 s`));
});
