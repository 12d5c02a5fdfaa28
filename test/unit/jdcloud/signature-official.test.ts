import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalRequest, credentialScope, signature } from '../../../jdcloud/signature.js';
import { signOfficially } from './official-signer.js';

const RESERVED = ":/?#[]@!$&'()*+,;=% %2F..~";
const unicode = fc.string({ unit: 'binary', maxLength: 12 });
const reserved = fc.string({ unit: fc.constantFrom(...RESERVED.split('')), maxLength: 8 });
const anyText = fc.oneof(unicode, reserved, fc.string({ maxLength: 12 }));
// The official SDK sorts names by UTF-16 units and others by code points: they differ beyond U+D7FF, where this API has no names.
const queryName = fc
  .oneof(reserved, fc.string(), fc.string({ unit: fc.constantFrom('a', 'Z', '0', '.', ':', '-', '中', 'é', '~') }))
  .filter((name) => name !== '' && name !== '__proto__');
const value = fc.oneof(anyText, fc.array(anyText, { minLength: 1, maxLength: 4 }));
const headerText = fc.string({ unit: fc.constantFrom('a', 'B', '7', '=', '/', '+', ' ', '\t', ','), maxLength: 20 });

const requests = fc.record({
  regionId: fc.stringMatching(/^[a-z]{2}-[a-z]{1,8}-[0-9]$/),
  id: anyText.map((id) => `i-${id}:rebuildInstance`),
  query: fc.dictionary(queryName, value, { maxKeys: 8 }),
  token: fc.option(headerText.map((text) => `t${text}`)),
  extra: headerText,
  body: fc.option(fc.record({ password: unicode, keyNames: fc.array(unicode, { maxLength: 2 }) })),
  at: fc.date({ min: new Date('2019-01-01'), max: new Date('2035-12-31'), noInvalidDate: true }),
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{1,32}$/),
  secretAccessKey: fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/),
});

describe('the signature, beside the official SDK', () => {
  it('is the same for generated paths, queries, tokens and bodies', () => {
    let queries = 0;
    fc.assert(
      fc.property(requests, ({ regionId, id, query, token, extra, body, at, accessKeyId, secretAccessKey }) => {
        const headers = { 'x-my-header': extra, ...(token !== null && { 'x-jdcloud-security-token': token }) };
        const method = body === null ? 'GET' : 'POST';
        const keys = { accessKeyId, secretAccessKey };
        const official = signOfficially({ method, regionId, id, query, headers, body, at, keys });
        const pairs = Object.entries(query).flatMap(([name, values]) =>
          [values].flat().map((one) => [name, one] as const),
        );
        queries += pairs.length;

        const canonical = canonicalRequest({
          method,
          path: `/v1/regions/${regionId}/instances/${id}`,
          query: pairs,
          headers: official.signedHeaders,
          body: official.body,
        });
        const scope = { date: official.signedHeaders['x-jdcloud-date'] ?? '', regionId, service: 'vm' };

        assert.equal(credentialScope(scope), official.scope);
        assert.equal(signature(canonical, scope, secretAccessKey), official.signature);
        assert.equal(official.signedHeaders['x-jdcloud-security-token'] !== undefined, token !== null);
      }),
      { numRuns: 400, verbose: 1 },
    );
    assert.ok(queries > 400, 'the generated requests have queries to speak of');
  });
});
