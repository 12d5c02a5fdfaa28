import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const LIST = { path: '/instances' };
const token = (sessionToken: string) => ({ 'x-jdcloud-security-token': sessionToken });

describe('credentials of the simulator', () => {
  it('are granted and taken away while it runs, each with its own secret', async (t) => {
    const simulator = await simulatorFor(t, {});
    const second = { accessKey: 'SECOND', secretKey: 'another' };
    assert.match(gist(await call(simulator, { ...LIST, ...second })), /^401 .*Invalid accessKey/);
    simulator.grant(second);
    assert.equal(gist(await call(simulator, { ...LIST, ...second })), '200');
    assert.equal(gist(await call(simulator, LIST)), '200');
    simulator.revoke(simulator.credentials.accessKey);

    assert.match(gist(await call(simulator, LIST)), /^401 .*Invalid accessKey/);
    assert.equal(gist(await call(simulator, { ...LIST, ...second })), '200');
  });

  it('of a session need its token, and are refused once it has expired', async (t) => {
    let now = Date.parse('2026-11-30T08:00:00Z');
    const session = { accessKey: 'STS', secretKey: 's', sessionToken: 'T', expiresAt: '2026-11-30T09:00:00Z' };
    const simulator = await simulatorFor(t, { credentials: session, now: () => now });
    const ask = async (moreHeaders = {}) => gist(await call(simulator, { ...LIST, moreHeaders, at: new Date(now) }));

    assert.match(await ask(), /^401 .*Invalid security token/);
    assert.match(await ask(token('other')), /^401 .*Invalid security token/);
    assert.equal(await ask(token('T')), '200');
    now += 3_600_000;
    assert.match(await ask(token('T')), /^401 ACCESS_ERROR The security token has expired/);
  });
});
