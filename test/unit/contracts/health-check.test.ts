import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HealthCheck, healthCheckName } from '../../../contracts/health-check.js';

const PACE = { intervalSeconds: 5, timeoutSeconds: 5, successes: 2, deadlineSeconds: 300 };
const http = (url: string, more: object = {}) => ({ kind: 'http', url, ...more });
const nameOf = (check: object) => healthCheckName(HealthCheck.parse(check));
const saysOf = (check: object) =>
  HealthCheck.safeParse(check)
    .error?.issues.map(({ message }) => message)
    .join('; ');

/** Text as it may stand around a secret in a URL, with the characters at which parsers of URLs disagree. */
const around = fc.string({
  unit: fc.constantFrom('a', '1', '.', '-', ':', '@', '/', '\\', '?', '#', '%', '%40', '[', ']', ';', '&', 'é', ' '),
  maxLength: 6,
});
const secrets = { user: 'S3CRETUSER', password: 'S3CRETPASS', query: 'S3CRETQUERY', fragment: 'S3CRETHASH' };

/** URLs that hold four secrets, each somewhere between other characters. */
const urlWithSecrets = fc
  .record({
    scheme: fc.constantFrom('http:', 'https:', 'HTTP:'),
    slashes: fc.constantFrom('//', '///', '/\\', '//\\'),
    parts: fc.array(around, { minLength: 8, maxLength: 8 }),
    host: fc.constantFrom('example.com', '10.0.0.1', '[::1]', '{privateIp}', '{elasticIp}:8080'),
  })
  .map(({ scheme, slashes, host, parts: [a, b, c, d, path, e, f, g] }) => {
    const { user, password, query, fragment } = secrets;
    return `${scheme}${slashes}${a}${user}${b}:${c}${password}${d}@${host}/${path}?${e}${query}${f}#${g}${fragment}`;
  });

/** What a browser sends neither in the host nor in the path: it may be secret. */
function hiddenIn(url: string): string[] {
  const { username, password, search, hash } = new URL(url);
  const hidden = [username, password, search, hash].map((part) => part.toUpperCase()).join(' ');
  return Object.values(secrets).filter((secret) => hidden.includes(secret));
}

describe('the name of a check', () => {
  it('holds nothing of user, password, query and fragment, however the URL is written', () => {
    let hiddenSecrets = 0;
    fc.assert(
      fc.property(urlWithSecrets, (url) => {
        fc.pre(URL.canParse(url));
        const name = healthCheckName({ kind: 'http', url, insecureTls: false, ...PACE });
        for (const secret of hiddenIn(url)) assert.ok(!name.toUpperCase().includes(secret), name);
        hiddenSecrets += hiddenIn(url).length;
      }),
      { numRuns: 2_000, maxSkipsPerRun: 100 },
    );
    assert.ok(hiddenSecrets > 2_000, `only ${hiddenSecrets} secrets were hidden`);
  });

  it('holds nothing behind the path of a URL that is accepted, and shows host and path as they were written', () => {
    const authorities = fc.webAuthority({ size: 'small' });
    const paths = fc.webPath({ size: 'small' });
    const query = fc.option(fc.string({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(authorities, paths, query, (authority, pathname, text) => {
        const url = `https://${authority}${pathname}${text === null ? '' : `?${text}`}`;
        const parsed = HealthCheck.safeParse(http(url));
        if (parsed.success) assert.equal(healthCheckName(parsed.data), `GET https://${authority}${pathname}`);
      }),
    );
  });

  it('is the program alone for exec, whatever its arguments', () => {
    assert.equal(nameOf({ kind: 'exec', command: ['check-db', '--password=hunter2'] }), 'exec check-db');
  });

  it('is host and port for tcp, an IPv6 address in brackets', () => {
    assert.equal(nameOf({ kind: 'tcp', port: 22 }), 'tcp {privateIp}:22');
    assert.equal(nameOf({ kind: 'tcp', host: '::1', port: 22 }), 'tcp [::1]:22');
    assert.equal(nameOf({ kind: 'tcp', host: '[::1]', port: 22 }), 'tcp [::1]:22');
  });

  it('is one line of at most 201 characters, of Unicode', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 300 }),
        (text) => {
          const name = healthCheckName({ kind: 'exec', command: [text], ...PACE });
          assert.match(name, /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,201}$/u);
        },
      ),
    );
    assert.equal(nameOf({ kind: 'exec', command: ['😀'.repeat(300)] }), `exec ${'😀'.repeat(195)}…`);
  });
});

describe('a health check', () => {
  it('has a pace of its own, given or by default', () => {
    assert.deepEqual(HealthCheck.parse({ kind: 'tcp', port: 22 }), {
      kind: 'tcp',
      host: '{privateIp}',
      port: 22,
      ...PACE,
    });
    assert.deepEqual(HealthCheck.parse(http('http://{privateIp}/')), {
      ...http('http://{privateIp}/'),
      insecureTls: false,
      ...PACE,
    });
  });

  for (const { name, check, says } of [
    { name: 'another scheme', check: http('ftp://h/'), says: /must begin with http/ },
    { name: 'no host', check: http('http:///path'), says: /must begin with http/ },
    { name: 'a port that is none', check: http('http://h:99999/'), says: /is not a URL/ },
    { name: 'a space in the host', check: http('http://a b/'), says: /is not a URL/ },
    { name: 'a password', check: http('http://user:hunter2@h/'), says: /must not hold a user or a password/ },
    { name: 'an empty user', check: http('http://@h/'), says: /must not hold a user or a password/ },
    { name: 'a user before a placeholder', check: http('http://user@{privateIp}/'), says: /must not hold a user/ },
    { name: 'a placeholder that is none, in a URL', check: http('http://{publicIp}/'), says: /unknown placeholder/ },
    {
      name: 'one in other letters, as a host',
      check: { kind: 'tcp', host: '{privateip}', port: 1 },
      says: /unknown placeholder/,
    },
    {
      name: 'a host with a path',
      check: { kind: 'tcp', host: 'h/p', port: 1 },
      says: /must be a host name or an address/,
    },
    {
      name: 'a host with a user',
      check: { kind: 'tcp', host: 'u:p@h', port: 1 },
      says: /must be a host name or an address/,
    },
    { name: 'a status that is never the last', check: http('http://h/', { statuses: [100] }), says: /200/ },
    {
      name: 'half a surrogate pair in the text',
      check: http('http://h/', { bodyIncludes: '\ud800' }),
      says: /Unicode/,
    },
    { name: 'a NUL in an argument', check: { kind: 'exec', command: ['a', 'b\0'] }, says: /without a NUL/ },
    { name: 'no program', check: { kind: 'exec', command: ['', 'b'] }, says: /names no program/ },
    {
      name: 'more successes than fit into its deadline',
      check: { kind: 'tcp', port: 1, successes: 61 },
      says: /could never pass/,
    },
  ]) {
    it(`given ${name}, then it is refused, and the text is not repeated`, () => {
      assert.match(saysOf(check) ?? '', says);
      assert.doesNotMatch(saysOf(check) ?? '', /hunter2|publicIp/);
    });
  }

  for (const check of [
    http('https://[::1]:8443/a@b?x={y}#z'),
    http('http://{elasticIp}:8080/{instanceId}'),
    { kind: 'tcp', port: 1, successes: 60 },
    { kind: 'tcp', host: 'fe80::1%eth0', port: 1 },
    { kind: 'exec', command: ['jq', '-e', '{a: .b}', ''] },
  ]) {
    it(`given ${JSON.stringify(check)}, then it is accepted`, () => {
      assert.equal(saysOf(check), undefined);
    });
  }
});
