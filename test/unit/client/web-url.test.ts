import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { webUiOf, webUrlOf } from '../../../client/connection/web-url.js';

const rows = [
  { name: 'a dev server on its default port', address: 'localhost:7233', env: {}, is: 'http://localhost:8233' },
  { name: 'the same by its address', address: '127.0.0.1:7233', env: {}, is: 'http://localhost:8233' },
  { name: 'a local server on another port', address: '127.0.0.1:7000', env: {}, is: null },
  { name: 'a server of somebody', address: 'temporal.example.com:7233', env: {}, is: null },
  { name: 'Temporal Cloud by namespace', address: 'a.b.tmprl.cloud:7233', env: {}, is: 'https://cloud.temporal.io' },
  { name: 'Temporal Cloud by region', address: 'x.aws.api.temporal.io:7233', env: {}, is: 'https://cloud.temporal.io' },
  { name: 'what is said', address: 'localhost:7233', env: { REIMAGE_TEMPORAL_UI: 'http://ui/t/' }, is: 'http://ui/t' },
  {
    name: 'our variable first',
    address: '',
    env: { REIMAGE_TEMPORAL_UI: 'http://a', TEMPORAL_UI: 'http://b' },
    is: 'http://a',
  },
  {
    name: "Temporal's variable second",
    address: '',
    env: { REIMAGE_TEMPORAL_UI: '', TEMPORAL_UI: 'http://b' },
    is: 'http://b',
  },
];

describe('where the web UI is', () => {
  for (const { name, address, env, is } of rows) {
    it(name, () => assert.equal(webUiOf(address, env), is));
  }

  it('links to one run, each part encoded once', () => {
    const url = webUrlOf('http://ui', { namespace: 'ns.1', workflowId: 'rebuild:cn-north-1:i-a1', runId: 'r/1' });
    assert.equal(url, 'http://ui/namespaces/ns.1/workflows/rebuild%3Acn-north-1%3Ai-a1/r%2F1');
  });
});
