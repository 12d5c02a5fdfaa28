import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseEndpoint } from '../../jdcloud/config.js';
import { signRequest } from '../../jdcloud/signed-request.js';

const PLAYBOOKS = fileURLToPath(new URL('../../bench/ansible/', import.meta.url));

const SCRIPT = `
import json, sys
from datetime import datetime, timezone
from jdcloud_signature import signed_request
given = json.load(sys.stdin)
at = datetime.fromtimestamp(given.pop("atSeconds"), timezone.utc)
url, headers = signed_request(**{**given, "body": given["body"].encode()}, at=at)
print(json.dumps({"url": url, "headers": headers}))
`;

const hasPython = spawnSync('python3', ['-c', '']).status === 0;

describe("the playbook's signature", { skip: hasPython ? false : 'there is no python3' }, () => {
  for (const { name, method, path, body } of [
    { name: 'a read', method: 'GET', path: '/v1/regions/cn-north-1/instances/i-1', body: '' },
    {
      name: 'an action with a body that is no ASCII',
      method: 'POST',
      path: '/v1/regions/cn-north-1/instances/i-1:rebuildInstance',
      body: '{"imageId": "img-1", "name": "北京"}',
    },
  ])
    it(`of ${name} is ours`, () => {
      const at = new Date('2026-11-24T10:00:00.000Z');
      const endpoint = 'http://127.0.0.1:4321';
      const given = {
        method,
        endpoint,
        path,
        body,
        region: 'cn-north-1',
        access_key: 'AK',
        secret_key: 'SK',
        nonce: 'n',
      };
      const input = JSON.stringify({ ...given, atSeconds: at.getTime() / 1000 });
      const { stdout, stderr } = spawnSync('python3', ['-B', '-c', SCRIPT], {
        cwd: PLAYBOOKS,
        input,
        encoding: 'utf8',
      });
      const ours = signRequest(
        { method, regionId: 'cn-north-1', path, query: [], body: Buffer.from(body) },
        { endpoint: parseEndpoint(endpoint), credentials: { accessKey: 'AK', secretKey: 'SK' }, at, nonce: 'n' },
      );
      assert.equal(stderr, '');
      assert.deepEqual(JSON.parse(stdout), ours);
    });
});
