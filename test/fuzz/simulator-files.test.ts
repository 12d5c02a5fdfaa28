import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { loadScenario, loadState } from '../../simulator/load-file.js';
import { image, keypair, vm } from '../../simulator/model/builders.js';
import type { RegionState } from '../../simulator/model/region-state.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { call } from '../unit/simulator/support/signed-call.js';
import { holds } from './holds.js';
import { deep, hostileJson, hostileText, jsonOf, objectWith, spoiled } from './hostile.js';

const VM = vm('i-a1', 'running', { tags: [{ key: 'a', value: 'b' }], keyNames: ['ops'] });
const IMAGE = image('img-1');
const FAULT = { operation: 'rebuildInstance', skip: 1, times: 2, kind: { status: 503, when: 'after' } };
const SCENARIO = {
  description: 'busy',
  faults: [FAULT],
  timing: { stopping: 1 },
  compress: 10,
  assumptions: { callsPerMinute: 0 },
};

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'file.json');
}

/** Loads a file; null when it was refused as it should be: the file and a field on each line. */
async function loaded<T>(load: (path: string) => Promise<T>, path: string, text: string): Promise<T | null> {
  await writeFile(path, text);
  try {
    return await load(path);
  } catch (error) {
    assert.ok(error instanceof Error && error.constructor === Error, `threw ${String(error)}`);
    for (const line of error.message.split('\n')) {
      assert.ok(line.startsWith(`${path}: `) && line.length < 2_000, line.slice(0, 200));
      assert.match(line.slice(path.length), /^: [^\p{Cc}\p{Zl}\p{Zp}]+$/u);
    }
    return null;
  }
}

/** Everything that a simulated region can be asked for. */
async function assertServes(state: RegionState): Promise<void> {
  const simulator = await startSimulator({ state });
  try {
    for (const path of ['/instances', '/instances:describeBriefInstances', '/instanceStatus', '/keypairs', '/quotas']) {
      const { status, text } = await call(simulator, { path, regionId: 'cn-north-1' });
      assert.equal(status, 200, text);
    }
    const { status, text } = await call(simulator, { path: '/images', query: [['imageSource', 'private']] });
    assert.equal(status, 200, text);
  } finally {
    await simulator.close();
  }
}

const text = (json: fc.Arbitrary<unknown>) => json.map((value) => JSON.stringify(value) ?? '');

describe('files of the simulator, given nonsense', () => {
  it('a state is refused by file and field, or served', async (t) => {
    const path = await folder(t);
    const spoiledState = fc.record({
      vms: fc.tuple(spoiled(VM, hostileJson)),
      images: fc.tuple(spoiled(IMAGE, hostileJson)),
      keypairs: fc.tuple(spoiled(keypair('ops'), hostileText)),
    });
    const vms = spoiled(VM, hostileText).map((one) => ({ vms: [one] }));
    const any = objectWith(['regionId', 'vms', 'images', 'keypairs', 'quotas'], hostileJson);
    await holds(
      fc.asyncProperty(fc.oneof(text(spoiledState), text(vms), text(any), hostileText), async (given) => {
        const state = await loaded(loadState, path, given);
        if (state !== null) await assertServes({ ...state, regionId: 'cn-north-1' });
      }),
      200,
    );
  });

  it('a scenario is refused by file and field, or played', async (t) => {
    const path = await folder(t);
    const faults = spoiled(FAULT, hostileJson).map((one) => ({ faults: [one] }));
    const kinds = spoiled(FAULT.kind, hostileJson).map((kind) => ({ faults: [{ ...FAULT, kind }] }));
    const given = fc.oneof(text(spoiled(SCENARIO, hostileJson)), text(faults), text(kinds), text(hostileJson));
    await holds(
      fc.asyncProperty(given, async (written) => {
        const scenario = await loaded(loadScenario, path, written);
        if (scenario !== null) await (await startSimulator({ scenario })).close();
      }),
      200,
    );
  });

  it('a file that is nested too deep is refused like any other', async (t) => {
    const path = await folder(t);
    await holds(
      fc.asyncProperty(deep, fc.constantFrom(loadState, loadScenario), async (nested, load) => {
        assert.equal(await loaded<unknown>(load, path, jsonOf(nested)), null);
      }),
      10,
    );
  });
});
