import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { freePort } from '../../../temporal/dev-server/dev-server.js';
import { SettingsError } from '../../../temporal/settings-error.js';
import { startWorkerHttp } from '../../../temporal/worker/http.js';

async function serve(t: TestContext, options: { reason?: string | null; temporalMetricsUrl?: string } = {}) {
  const http = await startWorkerHttp({
    host: '127.0.0.1',
    port: 0,
    readMetrics: async () => 'reimage_waiting_vms 3\n',
    temporalMetricsUrl: options.temporalMetricsUrl ?? `http://127.0.0.1:${await freePort()}/metrics`,
    whyNotReady: async () => options.reason ?? null,
  });
  t.after(() => http.close());
  return http;
}

describe('the HTTP door of a worker', () => {
  it('given a worker that is ready, then /readyz says 200', async (t) => {
    const { url } = await serve(t);

    const response = await fetch(`${url}/readyz`);

    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: 'ready', reason: null });
  });

  it('given one that is not, then /readyz says 503 and why, and /healthz still 200', async (t) => {
    const { url } = await serve(t, { reason: 'the worker is draining' });

    const response = await fetch(`${url}/readyz`);

    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { status: 'not ready', reason: 'the worker is draining' });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it("given metrics of Temporal's SDK that cannot be read, then ours come all the same, with the reason", async (t) => {
    const { url } = await serve(t);

    const text = await (await fetch(`${url}/metrics`)).text();

    assert.match(text, /^reimage_waiting_vms 3$/m);
    assert.match(text, /^# Temporal's own metrics cannot be read: /m);
  });

  it('given a port that is taken, or a host that is none of ours, then says which variable to change', async (t) => {
    const { url } = await serve(t);
    const port = Number(new URL(url).port);

    const second = startWorkerHttp({
      host: '127.0.0.1',
      port,
      readMetrics: async () => '',
      temporalMetricsUrl: '',
      whyNotReady: async () => null,
    });

    await assert.rejects(
      second,
      (error) =>
        error instanceof SettingsError &&
        /^REIMAGE_METRICS_PORT: cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\): another process/.test(error.message),
    );
    const elsewhere = startWorkerHttp({
      host: '192.0.2.1',
      port: 0,
      readMetrics: async () => '',
      temporalMetricsUrl: '',
      whyNotReady: async () => null,
    });
    await assert.rejects(elsewhere, /^SettingsError: REIMAGE_METRICS_HOST: cannot listen on 192\.0\.2\.1:0 \(EADDR/);
  });
});
