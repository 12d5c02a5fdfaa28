import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import type { SimulatorOptions } from '../../../simulator/start-simulator.js';
import { call, type Draft, gist, send, sign, type Signed } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const state = region({ vms: [vm(ID, 'running')] });
const DRAFT: Draft = {
  method: 'POST',
  path: `/instances/${ID}:stopInstance`,
  body: '{"chargeOnStopped":"keepCharging"}',
};

interface Refused {
  readonly name: string;
  readonly draft?: Partial<Draft>;
  readonly tamper?: (signed: Signed) => Signed;
  readonly says: RegExp;
}

const withoutHeader = (name: string) => (signed: Signed) => ({
  ...signed,
  headers: Object.fromEntries(Object.entries(signed.headers).filter(([key]) => key !== name)),
});
const withAuthorization = (change: (text: string) => string) => (signed: Signed) => ({
  ...signed,
  headers: { ...signed.headers, authorization: change(signed.headers['authorization'] ?? '') },
});

const REFUSED: readonly Refused[] = [
  { name: 'a wrong secret key', draft: { secretKey: 'wrong' }, says: /sign result is not same/ },
  { name: 'an unknown access key', draft: { accessKey: 'NOBODY' }, says: /Invalid accessKey/ },
  { name: 'a date 16 minutes old', draft: { minutesOld: 16 }, says: /x-jdcloud-date is out of range/ },
  { name: 'a date 16 minutes ahead', draft: { minutesOld: -16 }, says: /x-jdcloud-date is out of range/ },
  {
    name: 'a scope of another region',
    draft: { scopeRegionId: 'cn-east-2' },
    says: /Invalid authentication credentials/,
  },
  { name: 'a scope of another service', draft: { service: 'disk' }, says: /Invalid authentication credentials/ },
  { name: 'a nonce that is not signed', draft: { signedHeaders: ['host', 'x-jdcloud-date'] }, says: /x-jdcloud-nonce/ },
  { name: 'a date that is not signed', draft: { signedHeaders: ['host', 'x-jdcloud-nonce'] }, says: /x-jdcloud-date/ },
  {
    name: 'a security token that is not signed',
    draft: {
      moreHeaders: { 'x-jdcloud-security-token': 'token' },
      signedHeaders: ['host', 'x-jdcloud-date', 'x-jdcloud-nonce'],
    },
    says: /x-jdcloud-security-token/,
  },
  {
    name: 'a signed header that every object of JavaScript seems to have',
    tamper: withAuthorization((text) => text.replace('SignedHeaders=', 'SignedHeaders=constructor;')),
    says: /sign result is not same/,
  },
  {
    name: 'another body than was signed',
    tamper: (signed) => ({ ...signed, body: '{"chargeOnStopped":"stopCharging"}' }),
    says: /sign result is not same/,
  },
  {
    name: 'a query that was not signed',
    tamper: (signed) => ({ ...signed, url: `${signed.url}?pageSize=100` }),
    says: /sign result is not same/,
  },
  {
    name: 'another path than was signed',
    tamper: (signed) => ({ ...signed, url: signed.url.replace('stopInstance', 'rebootInstance') }),
    says: /sign result is not same/,
  },
  {
    name: 'another method than was signed',
    draft: { method: 'GET', path: `/instances/${ID}`, body: null },
    tamper: (signed) => ({ ...signed, method: 'DELETE' }),
    says: /sign result is not same/,
  },
  {
    name: 'a header changed after signing',
    tamper: (signed) => ({ ...signed, headers: { ...signed.headers, 'x-jdcloud-nonce': 'another' } }),
    says: /sign result is not same/,
  },
  { name: 'no authorization', tamper: withoutHeader('authorization'), says: /lack of header authorization/ },
  { name: 'no date', tamper: withoutHeader('x-jdcloud-date'), says: /lack of header x-jdcloud-date/ },
  { name: 'no nonce', tamper: withoutHeader('x-jdcloud-nonce'), says: /lack of header x-jdcloud-nonce/ },
  {
    name: 'an authorization without credential',
    tamper: withAuthorization((text) => text.replace(/Credential=[^,]*/, '')),
    says: /lack of credential in the header authorization/,
  },
  {
    name: 'an authorization without signed headers',
    tamper: withAuthorization((text) => text.replace(/SignedHeaders=[^,]*/, '')),
    says: /lack of header signedHeaders/,
  },
  {
    name: 'an algorithm that is none of the two',
    tamper: withAuthorization((text) => text.replace('JDCLOUD2-HMAC', 'JDCLOUD9-HMAC')),
    says: /Invalid authentication credentials/,
  },
];

describe('signature check', () => {
  for (const { name, draft, tamper = (signed: Signed) => signed, says } of REFUSED) {
    it(`refuses ${name}, and nothing is performed`, async (t) => {
      const simulator = await simulatorFor(t, { state });
      const answer = await send(tamper(sign(simulator, { ...DRAFT, ...draft })));

      assert.match(gist(answer), /^401 ACCESS_ERROR .* \[gw\]$/);
      assert.match(gist(answer), says);
      assert.equal(simulator.vm(ID).status, 'running');
      assert.deepEqual(
        simulator.journal.calls().map(({ performed, httpStatus, errorStatus }) => [performed, httpStatus, errorStatus]),
        [[false, 401, 'ACCESS_ERROR']],
      );
    });
  }

  it('refuses a signed request that is sent a second time', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const signed = sign(simulator, { path: '/instances' });

    assert.equal(gist(await send(signed)), '200');
    assert.match(gist(await send(signed)), /^401 ACCESS_ERROR x-jdcloud-nonce has been used/);
  });

  it('lets a refused signature not use its nonce up', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const draft = { path: '/instances', nonce: 'the-same' };

    assert.match(gist(await call(simulator, { ...draft, secretKey: 'wrong' })), /^401/);
    assert.equal(gist(await call(simulator, draft)), '200');
  });

  it('accepts JDCLOUD3, which never signs host', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const answer = await call(simulator, { ...DRAFT, version: 3 });

    assert.equal(gist(answer), '200');
    assert.deepEqual(simulator.journal.calls()[0]?.warnings, []);
  });

  it('accepts JDCLOUD3 without a signed date and nonce, as the Python SDK sends it, and warns', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const draft: Draft = { ...DRAFT, version: 3, signedHeaders: ['host'] };
    const signed = sign(simulator, draft);
    const { headers } = sign(simulator, { ...draft, minutesOld: 1 });
    const date = headers['x-jdcloud-date'] ?? '';
    const redated = { ...signed, headers: { ...signed.headers, 'x-jdcloud-date': date } };

    assert.match(gist(await send(redated)), /^401 ACCESS_ERROR sign result is not same/);
    assert.equal(gist(await send(signed)), '200');
    assert.deepEqual(simulator.journal.calls()[1]?.warnings, [
      'x-jdcloud-date is not signed',
      'x-jdcloud-nonce is not signed',
    ]);
  });

  it('accepts a literal colon in the path, as the Python SDK sends it', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const signed = sign(simulator, DRAFT);

    assert.equal(gist(await send({ ...signed, url: signed.url.replace('%3A', ':') })), '200');
  });

  it('signs text of any kind in the query, a list in any order', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const query = [
      ['pageSize', '100'],
      ['filters.1.values.1', "a b/中+*~!'()&=%"],
      ['filters.1.name', 'name'],
    ] as const;

    assert.equal(gist(await call(simulator, { path: '/instances', query })), '200');
  });

  it('reads a literal + in the query as a space', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const signed = sign(simulator, { path: '/instances', query: [['name', 'a b']] });

    assert.equal(gist(await send({ ...signed, url: signed.url.replace('%20', '+') })), '200');
  });

  const switches: readonly { name: string; options: SimulatorOptions; draft: Partial<Draft>; answer: RegExp }[] = [
    {
      name: 'clockSkewMinutes 20 lets a date of 16 minutes ago pass',
      options: { assumptions: { clockSkewMinutes: 20 } },
      draft: { minutesOld: 16 },
      answer: /^200$/,
    },
    {
      name: 'dateAndNonceSigned all refuses JDCLOUD3 without a signed date',
      options: { assumptions: { dateAndNonceSigned: 'all' } },
      draft: { version: 3, signedHeaders: ['host', 'x-jdcloud-nonce'] },
      answer: /^401 ACCESS_ERROR lack of x-jdcloud-date in signedHeaders/,
    },
    {
      name: 'dateAndNonceSigned all refuses JDCLOUD3 without a signed nonce',
      options: { assumptions: { dateAndNonceSigned: 'all' } },
      draft: { version: 3, signedHeaders: ['host', 'x-jdcloud-date'] },
      answer: /^401 ACCESS_ERROR lack of x-jdcloud-nonce in signedHeaders/,
    },
    {
      name: 'without requireHostSigned a request that does not sign host passes',
      options: {},
      draft: { signedHeaders: ['x-jdcloud-date', 'x-jdcloud-nonce'] },
      answer: /^200$/,
    },
    {
      name: 'requireHostSigned refuses a request that does not sign host',
      options: { assumptions: { requireHostSigned: true } },
      draft: { signedHeaders: ['x-jdcloud-date', 'x-jdcloud-nonce'] },
      answer: /^401 ACCESS_ERROR lack of host in signedHeaders/,
    },
  ];
  for (const { name, options, draft, answer } of switches) {
    it(name, async (t) => {
      const simulator = await simulatorFor(t, { state, ...options });
      assert.match(gist(await call(simulator, { ...DRAFT, ...draft })), answer);
    });
  }

  it('warns in the journal of a request that does not sign host', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await call(simulator, { ...DRAFT, signedHeaders: ['x-jdcloud-date', 'x-jdcloud-nonce'] });

    assert.deepEqual(simulator.journal.calls()[0]?.warnings, ['host is not signed']);
  });

  it('nonceWindowMinutes 0 lets a nonce come again', async (t) => {
    const simulator = await simulatorFor(t, { state, assumptions: { nonceWindowMinutes: 0 } });
    const signed = sign(simulator, { path: '/instances' });

    assert.equal(gist(await send(signed)), '200');
    assert.equal(gist(await send(signed)), '200');
  });

  it('demands the session token of temporary credentials, raw or in base64', async (t) => {
    const credentials = { accessKey: 'AK', secretKey: 'SK', sessionToken: 'session token' };
    const simulator = await simulatorFor(t, { state, credentials });
    const header = 'x-jdcloud-security-token';
    const encoded = Buffer.from('session token').toString('base64');
    const withToken = (token: string) => call(simulator, { path: '/instances', moreHeaders: { [header]: token } });

    assert.match(gist(await call(simulator, { path: '/instances' })), /^401 ACCESS_ERROR Invalid security token/);
    assert.match(gist(await withToken('another')), /^401/);
    assert.equal(gist(await withToken('session token')), '200');
    assert.equal(gist(await withToken(encoded)), '200');
  });
});

describe('minute limit', () => {
  for (const throttleStatus of ['RATE_LIMIT', 'HTTP_RATE_LIMIT_EXCEEDED'] as const) {
    it(`refuses what is more than callsPerMinute as ${throttleStatus}`, async (t) => {
      const simulator = await simulatorFor(t, { state, assumptions: { callsPerMinute: 2, throttleStatus } });
      // Should a minute of the clock end meanwhile, three of five calls still fall into one minute.
      const answers = [];
      for (let count = 0; count < 5; count++) answers.push(gist(await call(simulator, { path: '/instances' })));

      assert.ok(answers.includes(`429 ${throttleStatus} minute rate limit exceeded, role:ak`));
      assert.equal(
        simulator.journal.effective('describeInstances'),
        answers.filter((answer) => answer === '200').length,
      );
    });
  }

  it('is off at 0', async (t) => {
    const simulator = await simulatorFor(t, { state, assumptions: { callsPerMinute: 0 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(simulator, { path: '/instances' })));

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  });
});
