import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  canonicalRequest,
  percentEncode,
  sha256Hex,
  type SignableRequest,
  signature,
  type SignatureVersion,
} from '../../../jdcloud/signature.js';

/*
 * T0 is the example of JD Cloud's own documentation. T1 to T4 were made end to end by the official
 * npm client, T5 to T7 by its key derivation, the JDCLOUD3 vector by the official version 3 signer.
 */

const NONCE = '00000000-0000-4000-8000-000000000001';
const OURS = {
  host: 'vm.jdcloud-api.com',
  'x-jdcloud-date': '20240102T030405Z',
  'x-jdcloud-nonce': NONCE,
};
const OFFICIAL = { accept: 'application/json', 'content-type': 'application/json', ...OURS };
const VM_SCOPE = { date: '20240102T030405Z', regionId: 'cn-north-1', service: 'vm' };
const REBUILD = {
  method: 'POST',
  path: '/v1/regions/cn-north-1/instances/i-abc123def4:rebuildInstance',
  query: [],
  body: '{"imageId":"img-m5s0000029","password":"Zx9!kT2#mW"}',
};
const DESCRIBE = { method: 'GET', path: '/v1/regions/cn-north-1/instances/i-abc123def4', query: [], body: '' };

interface Vector {
  readonly name: string;
  readonly request: SignableRequest;
  readonly scope?: typeof VM_SCOPE;
  readonly version?: SignatureVersion;
  readonly canonicalHash?: string;
  readonly signature: string;
}

const VECTORS: readonly Vector[] = [
  {
    name: 'T0: the example of the documentation',
    request: {
      method: 'POST',
      path: '/v1/resource:action',
      query: [
        ['p1', 'p1'],
        ['p0', 'p0'],
        ['o', '%'],
        ['u', 'u'],
      ],
      headers: {
        'x-jdcloud-date': '20190214T104514Z',
        'x-jdcloud-nonce': 'testnonce',
        'x-my-header': 'test',
        'x-my-header_blank': ' blank',
      },
      body: 'body data',
    },
    scope: { date: '20190214T104514Z', regionId: 'cn-north-1', service: 'test' },
    canonicalHash: 'fb2e317056269590681d091f8eb22272967c0b922b2deda887312215ea4eed4c',
    signature: '2a98f83c074e7bee260bfc8ef64f009c07595bd93f7f0c3f4e156bf6479ed9bf',
  },
  {
    name: 'T1: rebuildInstance with the headers of the official client',
    request: { ...REBUILD, headers: OFFICIAL },
    canonicalHash: '772493a71d3c46e62231da6bd718943b4e5308caa22d51ef54253ba0e5d111ed',
    signature: 'fbdb4c7c633d2976295abf976901171614cc0541303d9272828f10f4c8084e1d',
  },
  {
    name: 'T2: stopInstance with an empty object',
    request: {
      method: 'POST',
      path: '/v1/regions/cn-north-1/instances/i-abc123def4:stopInstance',
      query: [],
      headers: OFFICIAL,
      body: '{}',
    },
    canonicalHash: 'c0cfa328a542d54fdeee7fdc25d2d6e397b62e4c8a8de295dd47e9038b89da43',
    signature: '23a483191f9dbc32fbc49177f80ec8569896be7fe071b62ced1962d8409ec984',
  },
  {
    name: 'T3: a list with filters of reserved and Chinese characters',
    request: {
      method: 'GET',
      path: '/v1/regions/cn-north-1/instanceStatus',
      query: [
        ['pageNumber', '1'],
        ['pageSize', '100'],
        ['filters.1.name', 'instanceId'],
        ['filters.1.values.1', 'i-abc123def4'],
        ['filters.1.values.2', 'i-zzz123def4'],
        ['filters.2.name', 'name'],
        ['filters.2.values.1', 'a b/中+*'],
      ],
      headers: OFFICIAL,
      body: '',
    },
    canonicalHash: '6698a664d84b63567e17d4bdfa933056940f35614e65d60159dd990cfecce9fe',
    signature: 'c010bbff11752a07552eb32f419c1a58f97a89c7fffcd80fd5440d6d1f5dc0ff',
  },
  {
    name: 'T4: describeInstance',
    request: { ...DESCRIBE, headers: OFFICIAL },
    canonicalHash: 'bbd2d9315a8d7456b3e730ee04164d1e3b51fd41bfd43525e0cfc4c8aa77a9e9',
    signature: 'a4d8cd539502704d9aad0cf3dd4dc28cb587795022dc4fef6c00a06f72b35776',
  },
  {
    name: 'T5: rebuildInstance with the headers that we sign',
    request: { ...REBUILD, headers: OURS },
    canonicalHash: '9312dd7a046e7011aedb86a81cbe40f509eb3e0c6e14b5a386a026c1eab36de2',
    signature: '879d806e0ba3a3437e4a979234314f73111e76f7b80b4325ef8e8699182ebae7',
  },
  {
    name: 'T6: describeInstance with the headers that we sign',
    request: { ...DESCRIBE, headers: OURS },
    canonicalHash: 'ef94dfdc55c36cad47bc3dde28e7572b2e8624c8719152f879ee4dac45b7c961',
    signature: 'ca35d6204da9e7bb5bf064983257bd1b8b8fd7b4dc989c7a6ec328d63bed0e50',
  },
  {
    name: 'T7: a security token',
    request: { ...REBUILD, headers: { ...OURS, 'x-jdcloud-security-token': 'dG9rZW4=' } },
    canonicalHash: 'cdc59957571b8206a6deb05140b1ec1e080d52c39e4e714544a670b3c36b1304',
    signature: '152bf4be706a52fda018eef435f5eb1acafa40ac4bf69b36cdd693eb72e3f626',
  },
  {
    name: 'version 3: rebuildInstance without host',
    request: { ...REBUILD, headers: { 'x-jdcloud-date': '20240102T030405Z', 'x-jdcloud-nonce': NONCE } },
    version: 3,
    signature: '14fe981186377f59d690b179a126e36bcd128bb55096dfc019772338baedfaea',
  },
];

describe('the signature', () => {
  for (const vector of VECTORS) {
    it(`equals the official one for ${vector.name}`, () => {
      const canonical = canonicalRequest(vector.request);

      if (vector.canonicalHash !== undefined) assert.equal(sha256Hex(canonical), vector.canonicalHash);
      assert.equal(signature(canonical, vector.scope ?? VM_SCOPE, 'TESTSK', vector.version), vector.signature);
    });
  }

  it('leaves only the unreserved characters of RFC 3986 as they are', () => {
    assert.equal(percentEncode("aZ09-_.~ !'()*+/:=中"), 'aZ09-_.~%20%21%27%28%29%2A%2B%2F%3A%3D%E4%B8%AD');
  });
});

describe('a canonical request', () => {
  it('sorts names and values, whatever the order, and keeps single blanks in headers', () => {
    const canonical = canonicalRequest({
      method: 'get',
      path: '/v1/regions/cn-north-1/instances/i-1:start',
      query: [
        ['b', '2'],
        ['a', 'z'],
        ['a', 'y'],
        ['a', 'y'],
      ],
      headers: { 'x-jdcloud-nonce': 'n', host: 'h', 'content-type': '  a \t b  c ' },
      body: '',
    });

    assert.deepEqual(canonical.split('\n'), [
      'GET',
      '/v1/regions/cn-north-1/instances/i-1%3Astart',
      'a=y&a=y&a=z&b=2',
      'content-type:a b c',
      'host:h',
      'x-jdcloud-nonce:n',
      '',
      'content-type;host;x-jdcloud-nonce',
      sha256Hex(''),
    ]);
  });

  it('of no path is that of the root', () => {
    const request = { method: 'GET', path: '', query: [], headers: {}, body: '' };
    assert.equal(canonicalRequest(request), `GET\n/\n\n\n\n${sha256Hex('')}`);
  });
});
