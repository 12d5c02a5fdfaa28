import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { OPERATIONS } from '../../simulator/model/fault-rule.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { type Draft, sign } from '../unit/simulator/support/signed-call.js';
import { FROZEN, simulatorFor } from '../unit/simulator/support/simulator-for-test.js';
import { assertRefusal, STATE, stateOf } from './api-refusal.js';
import { holds } from './holds.js';
import { type Deep, deep, hostileJson, hostileText, jsonOf, objectWith } from './hostile.js';
import { bytesOf, exchange, type RawAnswer } from './raw-http.js';

/** Every route of the simulator, with a place for an id. */
const ROUTES: Readonly<Record<(typeof OPERATIONS)[number], { method: string; path: (id: string) => string }>> = {
  describeInstance: { method: 'GET', path: (id) => `/instances/${id}` },
  describeInstances: { method: 'GET', path: () => '/instances' },
  describeBriefInstances: { method: 'GET', path: () => '/instances:describeBriefInstances' },
  describeInstanceStatus: { method: 'GET', path: () => '/instanceStatus' },
  describeInstancesCustomData: { method: 'GET', path: () => '/instancesCustomData' },
  startInstance: { method: 'POST', path: (id) => `/instances/${id}:startInstance` },
  stopInstance: { method: 'POST', path: (id) => `/instances/${id}:stopInstance` },
  rebootInstance: { method: 'POST', path: (id) => `/instances/${id}:rebootInstance` },
  rebuildInstance: { method: 'POST', path: (id) => `/instances/${id}:rebuildInstance` },
  deleteInstance: { method: 'DELETE', path: (id) => `/instances/${id}` },
  describeImage: { method: 'GET', path: (id) => `/images/${id}` },
  describeImages: { method: 'GET', path: () => '/images' },
  describeImageConstraints: { method: 'GET', path: (id) => `/images/${id}/constraints` },
  describeImageConstraintsBatch: { method: 'GET', path: () => '/imageConstraints' },
  createImage: { method: 'POST', path: (id) => `/instances/${id}:createImage` },
  deleteImage: { method: 'DELETE', path: (id) => `/images/${id}` },
  describeKeypairs: { method: 'GET', path: () => '/keypairs' },
  describeQuotas: { method: 'GET', path: () => '/quotas' },
};

const those = (belongs: (route: { method: string; path: (id: string) => string }) => boolean) =>
  fc.constantFrom(...OPERATIONS.filter((operation) => belongs(ROUTES[operation])));
const read = those(({ method }) => method === 'GET');
const action = those(({ method }) => method === 'POST');
const ofOne = those(({ path }) => path('') !== path('x'));

/** Text that can be percent-encoded and that is no id of ours. */
const foreignId = hostileText.map((id) => Buffer.from(id).toString()).filter((id) => !id.startsWith('i-'));

const unicode = (text: string) => Buffer.from(text).toString();
const text = hostileText.map(unicode);
const name = fc.oneof(
  fc.constantFrom('pageNumber', 'pageSize', 'ids.1', 'imageSource', 'offline', 'status', 'deleteSnapshot', 'imageId'),
  fc.constantFrom('filters.1', 'filters.2.values.9', 'tags.0.key', 'filters.__proto__.name', '__proto__', 'filters..'),
  text,
);
const known = fc.constantFrom(
  'constructor',
  '__proto__',
  'instanceId',
  'name',
  'resourceTypes',
  'keyNames',
  'eq',
  'like',
  '10',
  'running',
);
const value = fc.oneof(known, text);
/** A whole filter or tag, or a parameter alone. */
const parameters = fc.oneof(
  fc.tuple(name, value).map((pair) => [pair]),
  fc.record({ name: value, operator: fc.oneof(fc.constant('eq'), text), value }).map((filter): [string, string][] => [
    ['filters.1.name', filter.name],
    ['filters.1.operator', filter.operator],
    ['filters.1.values.1', filter.value],
  ]),
  fc.tuple(text, value).map(([key, one]): [string, string][] => [
    ['tags.1.key', key],
    ['tags.1.values.1', one],
  ]),
);
const query = fc.array(parameters, { minLength: 1, maxLength: 2 }).map((lists) => lists.flat());

const BODY_KEYS = [
  'password',
  'imageId',
  'keyNames',
  'hostname',
  'metadata',
  'userdata',
  'passWordAuth',
  'imageInherit',
];
const body: fc.Arbitrary<string | Deep> = fc.oneof(
  { weight: 5, arbitrary: objectWith([...BODY_KEYS, 'chargeOnStopped', 'name', 'dataDisks'], hostileJson).map(toText) },
  { weight: 1, arbitrary: hostileJson.map(toText) },
  { weight: 1, arbitrary: hostileText },
  { weight: 2, arbitrary: deep },
);

function toText(json: unknown): string {
  return JSON.stringify(json) ?? '';
}

const written = (given: string | Deep) => (typeof given === 'string' ? given : jsonOf(given));

/** Signs, and sends exactly what was signed: `fetch` would tidy the path up. */
async function call(simulator: Simulator, draft: Draft): Promise<RawAnswer | null> {
  const { url, method, headers, body: sent } = sign(simulator, draft);
  const all = { host: new URL(simulator.endpoint).host, ...headers, 'content-length': Buffer.byteLength(sent ?? '') };
  const lines = Object.entries(all).map(([header, one]) => [header, String(one)] as const);
  const request = { method, target: url.slice(simulator.endpoint.length), headers: lines, body: sent ?? '' };
  return await exchange(simulator.endpoint, bytesOf({ ...request, headers: [...lines, ['connection', 'close']] }));
}

const start = (t: TestContext) => simulatorFor(t, { ...FROZEN, state: STATE, assumptions: { callsPerMinute: 0 } });

describe('the simulator, given signed nonsense', () => {
  it('knows no VM and no image of a hostile id, and changes nothing', async (t) => {
    const simulator = await start(t);
    const before = await stateOf(simulator);
    await holds(
      fc.asyncProperty(ofOne, foreignId, body, async (which, id, given) => {
        const { method, path } = ROUTES[which];
        const sent = method === 'POST' ? written(given) : null;
        assertRefusal(await call(simulator, { method, path: path(id), body: sent }));
      }),
      150,
    );
    assert.equal(simulator.journal.changes().length, 0);
    assert.equal(await stateOf(simulator), before);
  });

  it('answers any query with a list or a refusal', async (t) => {
    const simulator = await start(t);
    const before = await stateOf(simulator);
    await holds(
      fc.asyncProperty(read, query, async (which, pairs) => {
        const answer = await call(simulator, { path: ROUTES[which].path('i-run'), query: pairs });
        if (answer?.status !== 200) assertRefusal(answer);
        else assert.ok('result' in JSON.parse(answer.body));
      }),
      250,
    );
    assert.equal(await stateOf(simulator), before);
  });

  it('takes a body or refuses it, and a refused one changes nothing', async (t) => {
    const instanceId = fc.constantFrom('i-run', 'i-stop');
    await holds(
      fc.asyncProperty(action, instanceId, body, async (which, id, given) => {
        const { method, path } = ROUTES[which];
        const simulator = await start(t);
        const before = await stateOf(simulator);
        const answer = await call(simulator, { method, path: path(id), body: written(given) });
        if (answer?.status !== 200) {
          assertRefusal(answer);
          assert.equal(await stateOf(simulator), before);
        } else assert.match(answer.body, /^\{"requestId":"\w{32}"/);
        const journal = await fetch(`${simulator.endpoint}/_control/journal`);
        assert.equal(journal.status, 200, 'the journal can be read');
        await simulator.close();
      }),
      50,
    );
  });

  it('refuses whatever stands in the headers of a signature', async (t) => {
    const simulator = await start(t);
    const { accessKey } = simulator.credentials;
    const names = fc.array(
      fc.constantFrom('host', 'x-jdcloud-date', 'x-jdcloud-nonce', '__proto__', 'constructor', 'a b', ''),
    );
    const latin = hostileText.map((any) => any.replaceAll(/[^\x20-\x7e]/g, ''));
    await holds(
      fc.asyncProperty(names, latin, latin, fc.boolean(), async (signed, date, odd, isHonest) => {
        const honest = sign(simulator, { path: '/instances' }).headers;
        const [day = ''] = /^\d{8}/.exec(honest['x-jdcloud-date'] ?? '') ?? [];
        const scope = isHonest ? `${day}/cn-north-1/vm/jdcloud2_request` : odd;
        const mark = isHonest ? '0'.repeat(64) : odd;
        const claim = `JDCLOUD2-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${mark}`;
        const headers = [
          ['Host', 'x'],
          ['Connection', 'close'],
          ['Authorization', claim],
          ['x-jdcloud-date', isHonest ? (honest['x-jdcloud-date'] ?? '') : date],
          ['x-jdcloud-nonce', odd || 'n'],
        ] as const;
        const request = { method: 'GET', target: '/v1/regions/cn-north-1/instances', headers, body: '' };
        assertRefusal(await exchange(simulator.endpoint, bytesOf(request)));
      }),
      120,
    );
  });
});
