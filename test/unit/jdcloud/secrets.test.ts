import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { CallRecord } from '../../../jdcloud/send-signed.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { type Answering, clientOf, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-abc' };
const PASSWORD = 'Zx9!kT2#mW"\\';
const USERDATA = 'IyEvYmluL2Jhc2gKZWNobyBzZWNyZXQK';
const CREDENTIALS = { accessKey: 'AK', secretKey: 'SK-very-secret', sessionToken: 'token-very-secret' };
const SECRETS = [
  PASSWORD,
  JSON.stringify(PASSWORD).slice(1, -1),
  USERDATA,
  CREDENTIALS.secretKey,
  CREDENTIALS.sessionToken,
];

const echo =
  (status: number): Answering =>
  (response, { body, headers }) => {
    const { password, userdata } = JSON.parse(body);
    const said = `bad ${password} ${userdata[0].value} ${String(headers['x-jdcloud-security-token'])}`;
    response
      .writeHead(status)
      .end(JSON.stringify({ requestId: 'r', error: { code: status, status: said, message: said } }));
  };

const FAULTS: readonly (readonly [name: string, answer: Answering])[] = [
  ['a refusal that echoes the body', echo(400)],
  ['an error that echoes the body', echo(500)],
  ['a page that echoes the body', (response, { body }) => response.writeHead(502).end(`<html>${body}</html>`)],
  ['broken JSON that echoes the body', (response, { body }) => response.writeHead(200).end(`{"a":${body}`)],
  ['a wrong shape', (response, { body }) => response.writeHead(200).end(`{"requestId":"r","result":${body}}`)],
  ['a reset', (response) => response.destroy()],
  ['a timeout', () => {}],
];

describe('an error', () => {
  for (const [name, answer] of FAULTS) {
    it(`holds no secret after ${name}`, async (t) => {
      const server = await startAnswering(t, answer);
      const records: CallRecord[] = [];
      const client = clientOf(t, {
        endpoint: server.endpoint,
        timeoutMs: name === 'a timeout' ? 1_000 : 30_000,
        credentials: async () => CREDENTIALS,
        onCall: (call) => records.push(call),
      });
      // createImage, whose answer must have a shape, carries the secrets as if it were a rebuild.
      const body = { name: 'x', password: PASSWORD, userdata: [{ key: 'launch-script', value: USERDATA }] };
      const call =
        name === 'a wrong shape' ? client.createImage(VM, body, UNASKED) : client.rebuildInstance(VM, body, UNASKED);

      const error: unknown = await call.then(
        () => assert.fail('the call ended well'),
        (thrown: unknown) => thrown,
      );

      assert.ok(error instanceof Error);
      const sent = server.received[0];
      assert.ok(sent !== undefined && sent.body.includes(USERDATA));
      const signed = String(sent.headers.authorization).split('Signature=')[1] ?? 'none';
      const shown = [
        error.message,
        error.stack ?? '',
        JSON.stringify(error),
        inspect(error, { depth: null, showHidden: true }),
        JSON.stringify(records),
      ].join('\n');
      for (const secret of [...SECRETS, signed]) assert.ok(!shown.includes(secret), `${secret} is in ${shown}`);
      assert.equal(records.length, 1);
    });
  }
});
