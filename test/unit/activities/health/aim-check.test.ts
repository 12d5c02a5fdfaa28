import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aimCheck, fillText, fillUrl, placeOf } from '../../../../activities/health/target.js';
import { HealthCheck } from '../../../../contracts/health-check.js';
import { httpServer } from './servers.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };
const never = new AbortController().signal;

const aimed = (check: object, addresses: object) =>
  aimCheck(HealthCheck.parse(check), {
    vm: VM,
    place: placeOf({ instanceId: 'i-a1', ...addresses }),
    env: process.env,
  });

describe('placeholders', () => {
  const place = { privateIp: '10.0.0.3', elasticIp: '2001:db8::1', instanceId: 'i-a1' };

  it('are replaced wherever they stand, and other braces are left', () => {
    assert.equal(
      fillText('{privateIp}/{instanceId}/{privateIp}/{other}/{}', place),
      '10.0.0.3/i-a1/10.0.0.3/{other}/{}',
    );
  });

  it('of IPv6 stand in brackets in a URL', () => {
    assert.equal(fillUrl('http://{elasticIp}:80/?vm={instanceId}', place), 'http://[2001:db8::1]:80/?vm=i-a1');
    assert.equal(fillText('{elasticIp}', place), '2001:db8::1');
  });

  it('are not looked for in what was filled in', () => {
    assert.equal(fillText('{privateIp}', { ...place, privateIp: '$&{elasticIp}' }), '$&{elasticIp}');
  });
});

describe('a check aimed at a VM', () => {
  it('reaches the address that JD Cloud tells of it, with its id', async (t) => {
    const asked: (string | undefined)[] = [];
    const { port } = await httpServer(t, (response, _before, { url }) => {
      asked.push(url);
      response.end();
    });
    const check = { kind: 'http', url: `http://{privateIp}:${port}/?vm={instanceId}` };
    const look = aimed(check, { privateIpAddress: '127.0.0.1' });
    assert.ok(typeof look !== 'string');

    assert.equal((await look(never)).isGood, true);
    assert.deepEqual(asked, ['/?vm=i-a1']);
  });

  it('hands the address to a program as one argument', async () => {
    const script = 'process.exit(process.argv[1] === "to=127.0.0.1" && process.argv.length === 2 ? 0 : 1)';
    const check = { kind: 'exec', command: [process.execPath, '-e', script, 'to={privateIp}'] };
    const look = aimed(check, { privateIpAddress: '127.0.0.1' });
    assert.ok(typeof look !== 'string');
    assert.equal((await look(never)).message, 'exit code 0');
  });

  for (const { name, check, addresses, why } of [
    {
      name: 'an elastic IP that the VM has not',
      check: { kind: 'tcp', host: '{elasticIp}', port: 22 },
      addresses: { privateIpAddress: '10.0.0.3' },
      why: 'the VM has no elastic IP address',
    },
    {
      name: 'an elastic IP that JD Cloud leaves empty',
      check: { kind: 'exec', command: ['ping', '-c1', '{elasticIp}'] },
      addresses: { elasticIpAddress: '' },
      why: 'the VM has no elastic IP address',
    },
    {
      name: 'a private IP that is none',
      check: { kind: 'http', url: 'http://{privateIp}/' },
      addresses: { privateIpAddress: '--help' },
      why: 'the VM has no private IP address',
    },
  ]) {
    it(`given ${name}, then it cannot be made, and says why`, () => {
      assert.equal(aimed(check, addresses), why);
    });
  }

  it('given no use of an address that the VM has not, then it can be made', () => {
    assert.equal(typeof aimed({ kind: 'tcp', host: 'lb.internal', port: 22 }, {}), 'function');
  });
});
