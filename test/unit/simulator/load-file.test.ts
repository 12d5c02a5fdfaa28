import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadScenario, loadState } from '../../../simulator/load-file.js';
import { DEFAULT_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { assertHolds } from './support/assert-holds.js';
import { act, call } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const EXAMPLES = fileURLToPath(new URL('../../../docs/examples/', import.meta.url));

async function fileWith(t: { after: (cleanUp: () => Promise<void>) => void }, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'given.json');
  await writeFile(path, text);
  return path;
}

/** What the schemas' library would say by itself. */
const ZODS_WORDS = /Invalid (input|option|string)|Unrecognized key|Too (small|big)/;
const inOurWords =
  (says: RegExp) =>
  ({ message }: Error): boolean =>
    says.test(message) && !ZODS_WORDS.test(message);

describe('examples in docs/', () => {
  it('simulator-state.json loads and is served', async (t) => {
    const simulator = await simulatorFor(t, { state: await loadState(join(EXAMPLES, 'simulator-state.json')) });
    const { json } = await call(simulator, { path: '/instances', regionId: 'cn-east-2' });

    assert.equal(json?.result?.['totalCount'], 3);
    assert.equal(simulator.vm('i-shop000001').systemDisk?.diskSizeGB, 80);
    assert.equal(simulator.vm('i-shop000003').dataDisks[0]?.diskCategory, 'local');
  });

  it('simulator-scenario.json loads, and its first fault strikes', async (t) => {
    const state = await loadState(join(EXAMPLES, 'simulator-state.json'));
    const scenario = await loadScenario(join(EXAMPLES, 'simulator-scenario.json'));
    const simulator = await simulatorFor(t, { state, scenario });
    const path = `/instances/i-shop000001:stopInstance`;
    const { status } = await call(simulator, { method: 'POST', path, body: '{}', regionId: 'cn-east-2' });

    assert.equal(status, 503);
    assert.equal(simulator.journal.effective('stopInstance'), 0);
  });
});

describe('a state file', () => {
  it('needs ids only; what is absent is as the builders make it', async (t) => {
    const path = await fileWith(t, '{"vms":[{"instanceId":"i-1"}]}');
    const simulator = await simulatorFor(t, { state: await loadState(path) });
    assert.equal((await act(simulator, 'i-1', 'stopInstance')).status, 200);
  });

  const wrong: readonly { name: string; text: string; says: RegExp }[] = [
    { name: 'no JSON', text: '{', says: /given\.json: is not JSON/ },
    { name: 'a list', text: '[]', says: /given\.json: file: / },
    { name: 'a typo', text: '{"vm":[]}', says: /given\.json: vm: unknown field, did you mean vms\?$/ },
    { name: 'a VM without an id', text: '{"vms":[{}]}', says: /given\.json: vms\.0\.instanceId: is missing$/ },
    {
      name: 'a wrong size',
      text: '{"vms":[{"instanceId":"i-1","systemDisk":{"diskSizeGB":"40"}}]}',
      says: /vms\.0\.systemDisk\.diskSizeGB: .*number/,
    },
    {
      name: 'a disk of no kind',
      text: '{"images":[{"imageId":"img-1","rootDeviceType":"loaclDisk"}]}',
      says: /images\.0\.rootDeviceType: /,
    },
    {
      name: 'a time that is none',
      text: '{"vms":[{"instanceId":"i-1","launchTime":"yesterday"}]}',
      says: /vms\.0\.launchTime: must look like/,
    },
    { name: 'a key of several lines', text: '{"a\\r\\nb":1}', says: /given\.json: a b: unknown field$/ },
    { name: 'an unknown quota', text: '{"quotas":{"disk":1}}', says: /quotas/ },
  ];
  for (const { name, text, says } of wrong) {
    it(`with ${name} is refused, naming file and field`, async (t) => {
      await assert.rejects(loadState(await fileWith(t, text)), inOurWords(says));
    });
  }

  it('that is not there is refused, naming the file', async () => {
    await assert.rejects(loadState('no-such-file.json'), /^Error: no-such-file\.json: is not there/);
  });
});

describe('a scenario file', () => {
  const wrong: readonly { name: string; text: string; says: RegExp }[] = [
    {
      name: 'an unknown operation',
      text: '{"faults":[{"operation":"rebuild","kind":{"quota":true}}]}',
      says: /given\.json: faults\.0\.operation: must be \* or one of/,
    },
    {
      name: 'a wrong word in a fault',
      text: '{"faults":[{"operation":"*","kind":{"drop":"during"}}]}',
      says: /given\.json: faults\.0\.kind\.drop: must be before or after$/,
    },
    {
      name: 'an unknown kind of fault',
      text: '{"faults":[{"operation":"*","kind":{"explode":true}}]}',
      says: /given\.json: faults\.0\.kind/,
    },
    {
      name: 'a negative time',
      text: '{"timing":{"stopping":-1}}',
      says: /given\.json: timing\.stopping: must be at least 0$/,
    },
    {
      name: 'an unknown assumption',
      text: '{"assumptions":{"imageIdChange":"end"}}',
      says: /given\.json: assumptions\.imageIdChange: unknown field, did you mean imageIdChanges\?$/,
    },
    {
      name: 'a wrong word in an assumption',
      text: '{"assumptions":{"imageIdChanges":"later"}}',
      says: /given\.json: assumptions\.imageIdChanges: /,
    },
  ];
  for (const { name, text, says } of wrong) {
    it(`with ${name} is refused, naming file and field`, async (t) => {
      await assert.rejects(loadScenario(await fileWith(t, text)), inOurWords(says));
    });
  }

  it('divides its times by its own compress, and gives way to options', async (t) => {
    const text =
      '{"compress":100000,"timing":{"stopping":3600000},"assumptions":{"hostnameField":"hostname","keyNamesClear":false}}';
    const scenario = await loadScenario(await fileWith(t, text));
    const simulator = await startSimulator({
      state: region({ vms: [vm('i-1', 'running', { keyNames: ['ops'] })] }),
      scenario,
      assumptions: { hostnameField: 'hostName' },
    });
    t.after(() => simulator.close());
    const { json } = await call(simulator, { path: '/instances/i-1' });
    simulator.act.stop('i-1');
    await simulator.waitFor(() => simulator.vm('i-1').status === 'stopped');
    simulator.act.rebuild('i-1', DEFAULT_IMAGE_ID);
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 2);

    assertHolds(json?.result, { instance: { hostName: 'i-1', hostname: undefined } });
    assert.deepEqual(simulator.vm('i-1').keyNames, ['ops']);
  });
});
