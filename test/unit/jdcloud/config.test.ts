import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEndpoint, parseJdCloudConfig } from '../../../jdcloud/config.js';

const profile = (values: object = {}) => ({
  name: 'default',
  accessKey: null,
  secretKey: null,
  sessionToken: null,
  expiration: null,
  regionId: 'cn-south-1',
  endpoint: 'www.jdcloud-api.com',
  scheme: 'https',
  ...values,
});

describe('the configuration of JD Cloud', () => {
  it("is JD Cloud's own address and no region when nothing is set", () => {
    assert.deepEqual(parseJdCloudConfig({}), { endpoint: 'https://vm.jdcloud-api.com', regionId: null });
  });

  it('takes what the environment says, before the profile', () => {
    const env = { JDCLOUD_ENDPOINT: ' http://127.0.0.1:8080/jd ', JDCLOUD_REGION: 'cn-east-2' };

    assert.deepEqual(parseJdCloudConfig(env, profile()), {
      endpoint: 'http://127.0.0.1:8080/jd',
      regionId: 'cn-east-2',
    });
  });

  it("takes the profile's region and not the endpoint that the CLI writes into every profile", () => {
    const config = parseJdCloudConfig({ JDCLOUD_REGION: '' }, profile());

    assert.deepEqual(config, { endpoint: 'https://vm.jdcloud-api.com', regionId: 'cn-south-1' });
  });

  it("takes the profile's endpoint when somebody put one there", () => {
    const endpoint = 'vm.internal.cn-north-1.jdcloud-api.com';

    assert.equal(parseJdCloudConfig({}, profile({ endpoint, scheme: 'http' })).endpoint, `http://${endpoint}`);
  });

  it('lists all problems at once', () => {
    const env = { JDCLOUD_ENDPOINT: 'vm.jdcloud-api.com', JDCLOUD_REGION: 'Beijing!' };

    assert.throws(() => parseJdCloudConfig(env), /JDCLOUD_ENDPOINT is not a URL[\s\S]*JDCLOUD_REGION does not look/);
  });
});

describe('an endpoint', () => {
  it('may be http, carry a port and have a path in front', () => {
    assert.deepEqual(parseEndpoint('http://10.0.0.1:8080/a%20b//'), {
      origin: 'http://10.0.0.1:8080',
      host: '10.0.0.1:8080',
      pathPrefix: '/a b',
    });
  });

  for (const text of [
    '',
    'vm.jdcloud-api.com',
    'ftp://x',
    'https://a:hidden@b',
    'https://b?x=hidden',
    'https://b#',
    'https://b/%zz',
    'https://b/%ff',
  ]) {
    it(`is refused when it is "${text}", in words that name JDCLOUD_ENDPOINT and do not repeat it`, () => {
      assert.throws(
        () => parseEndpoint(text),
        (error: Error) => {
          assert.match(error.message, /^JDCLOUD_ENDPOINT .*; give a whole base URL, for example https:/);
          assert.doesNotMatch(error.message, /hidden/);
          return true;
        },
      );
    });
  }
});
