import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import type { Facts } from '../../../activities/checks/facts.js';
import { readFacts } from '../../../activities/checks/read-facts.js';
import { makePlan } from '../../../activities/rebuild/plan-rebuild.js';
import { toRebuildOptions } from '../../../activities/rebuild/send-options.js';
import { differences, profileOf } from '../../../activities/rebuild/vm-profile.js';
import { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { createVmReader } from '../../../jdcloud/reader.js';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { image, keypair, region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf } from '../jdcloud/answering-server.js';
import { facts, type FactsOverrides } from './facts.js';

const SCRIPT = { userdata: [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gKbWtmcyAvZGV2L3ZkYg==' }] };
const WINDOWS = { osType: 'windows', platform: 'Windows Server' };
const PASSWORD = { passwordRef: 'env:P', keyNames: undefined };
const byPassword: FactsOverrides = { request: PASSWORD, keypair: undefined, password: { value: 'Zx9!kT2#mW' } };
const disk = { diskCategory: 'cloud', deviceName: 'vdb', cloudDisk: { diskSizeGB: 20 } };

const ROWS: readonly { name: string; given: FactsOverrides; codes: string[]; says?: RegExp }[] = [
  { name: 'nothing', given: {}, codes: [] },
  { name: 'a key that is kept', given: { instance: { keyNames: ['ops'] } }, codes: [] },
  {
    name: 'a key that a password alone takes off',
    given: { ...byPassword, instance: { keyNames: ['ops'] } },
    codes: ['key-lost'],
    says: /key ops/,
  },
  { name: 'a key that another one takes the place of', given: { instance: { keyNames: ['old'] } }, codes: [] },
  { name: 'no key that could be lost', given: byPassword, codes: [] },
  {
    name: 'a host name that is asked for',
    given: { instance: { hostName: 'db_1' }, request: { hostname: 'db-2' } },
    codes: [],
  },
  {
    name: 'a host name that JD Cloud does not take',
    given: { instance: { hostName: 'db_1' } },
    codes: ['host-name-changed'],
    says: /db_1 .* for Linux/,
  },
  {
    name: 'a host name that Windows does not take',
    given: { ...byPassword, instance: { hostName: 'db-1.shop', ...WINDOWS }, image: WINDOWS },
    codes: ['host-name-changed'],
    says: /for Windows/,
  },
  {
    name: 'a host name that nobody tells',
    given: { instance: { hostName: null } },
    codes: ['host-name-changed'],
    says: /does not tell/,
  },
  { name: 'a launch script of before', given: { customData: SCRIPT }, codes: ['launch-script-runs'], says: /25 bytes/ },
  {
    name: 'a launch script that is replaced',
    given: { customData: SCRIPT, request: { userdata: [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gK' }] } },
    codes: [],
  },
  {
    name: 'metadata that may not be read',
    given: { customData: null },
    codes: ['no-operation-marker', 'custom-data-unread'],
  },
  {
    name: 'Windows to Linux',
    given: { instance: WINDOWS },
    codes: ['platform-changed'],
    says: /from Windows to Linux/,
  },
  {
    name: 'Linux to Windows, told by the former image alone',
    given: { ...byPassword, image: WINDOWS, formerImage: {} },
    codes: ['platform-changed'],
    says: /from Linux to Windows/,
  },
  { name: 'Windows to Windows', given: { ...byPassword, instance: WINDOWS, image: WINDOWS }, codes: [] },
  { name: 'a system that nobody tells', given: { ...byPassword, image: WINDOWS }, codes: [] },
  {
    name: 'data disks in the image',
    given: { image: { dataDisks: [disk, disk] } },
    codes: ['image-data-disks'],
    says: /2 data disks/,
  },
];

describe('what a plan foretells', () => {
  for (const { name, given, codes, says } of ROWS)
    it(`of ${name}: ${codes.join(', ') || 'nothing'}`, () => {
      const { warnings } = makePlan(facts(given));
      assert.deepEqual(
        warnings.map(({ code }) => code),
        codes,
      );
      if (says !== undefined) assert.match(warnings.map(({ message }) => message).join(' '), says);
    });

  it('holds nothing of a launch script but its size', () => {
    assert.doesNotMatch(JSON.stringify(makePlan(facts({ customData: SCRIPT }))), /mkfs|IyEvYmlu/);
  });
});

const arbitraryVm = fc.record({
  instanceName: fc.constantFrom('web-1', 'Web 1 (shop)', 'a'),
  hostname: fc.constantFrom('web-1', 'db-1.shop', 'db_1', 'a-very-long-host-name', 'x', ''),
  keyNames: fc.constantFrom<string[]>([], ['ops'], ['deploy']),
  userdata: fc.constantFrom([], SCRIPT.userdata),
  osType: fc.constantFrom('linux' as const, 'windows' as const),
});
const arbitraryRequest = fc.record(
  {
    imageId: fc.constantFrom('img-linux', 'img-windows', 'img-with-disk'),
    keyNames: fc.constantFrom(['ops'], undefined),
    hostname: fc.constantFrom('asked', undefined),
  },
  { requiredKeys: ['imageId'] },
);

/** Rebuilds a VM of a simulator by what the plan's facts come to, and tells what is another afterwards. */
async function rebuildOne(t: TestContext, of: Parameters<typeof vm>[2], asked: object) {
  const images = [
    image('img-old'),
    image('img-linux'),
    image('img-windows', { osType: 'windows' }),
    image('img-with-disk', { dataDisks: [{ deviceName: 'vdb', diskSizeGB: 20 }] }),
  ];
  const machine = vm('i-1', 'stopped', { imageId: 'img-old', ...of });
  const keypairs = [keypair('ops'), keypair('deploy')];
  const state = region({ vms: [machine], images, keypairs });
  const cloud = await startSimulator({ compress: 20_000, state });
  try {
    const client = clientOf(t, { endpoint: cloud.endpoint, credentials: async () => cloud.credentials });
    const secrets = createSecretReader({ env: { REIMAGE_SECRET_P: 'Zx9!kT2#mW' }, where: 'in this test' });
    const sources = { reader: createVmReader({ api: client, windowMs: 0 }), secrets };
    const ref = { regionId: 'cn-north-1', instanceId: 'i-1' };
    const request = RebuildRequest.parse({ ...ref, passwordRef: 'env:REIMAGE_SECRET_P', ...asked });
    const reading = () => readFacts(sources, request, AbortSignal.timeout(10_000), { isBeginning: true });
    const read = await new MockActivityEnvironment().run<[], Facts, () => Promise<Facts>>(reading);
    const plan = makePlan({ ...read, isBeginning: true });
    if (plan.issues.length > 0) return { plan, changed: [], ran: false };
    const before = { imageId: 'img-old', systemDiskId: null };
    const target = { vm: ref, imageId: request.imageId ?? '', before, marker: 'op', markerUsable: true };
    await client.rebuildInstance(ref, toRebuildOptions(read, target), UNASKED);
    await cloud.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 1, 120_000);
    cloud.act.start('i-1');
    await cloud.waitFor(() => cloud.vm('i-1').status === 'running', 120_000);
    const { instance } = await client.describeInstance(ref);
    return {
      plan,
      changed: differences(plan.profile ?? {}, profileOf(instance), request),
      ran: cloud.vm('i-1').launchScriptRan,
      platform: [machine.osType, cloud.vm('i-1').osType],
    };
  } finally {
    await cloud.close();
  }
}

describe('what a rebuild changes beside the system disk', () => {
  it('stands in its plan, whatever the VM and the request', async (t) => {
    await fc.assert(
      fc.asyncProperty(arbitraryVm, arbitraryRequest, async (of, asked) => {
        const { plan, changed, ran, platform = [] } = await rebuildOne(t, of, asked);
        const codes = plan.warnings.map(({ code }) => code);
        const foretold = changed.map(({ message }) => (message.startsWith('keys:') ? 'key-lost' : 'host-name-changed'));
        for (const code of foretold) assert.ok(codes.includes(code), `${JSON.stringify(changed)} of ${codes.join()}`);
        assert.equal(codes.includes('launch-script-runs'), of.userdata.length > 0);
        if (ran) assert.ok(codes.includes('launch-script-runs'));
        if (platform[0] !== platform[1]) assert.ok(codes.includes('platform-changed'));
        if (asked.imageId === 'img-with-disk') assert.ok(codes.includes('image-data-disks'));
      }),
      { numRuns: 25, includeErrorInReport: true },
    );
  });
});
