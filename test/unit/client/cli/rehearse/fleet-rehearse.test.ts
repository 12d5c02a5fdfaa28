import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FleetRow } from '../../../../../contracts/fleet/fleet-plan.js';
import { runFake } from '../fake-deps.js';
import { fleetPlan } from '../fleet-fakes.js';

const FILE = `
name: web
regionId: cn-north-1
select: { name: '*' }
image: { id: img-new }
rebuild: { keyNames: [ops] }
`;
const fileOf = (text: string) => ({ readFile: async () => new TextEncoder().encode(text) });
const skip = (code: 'already-on-image' | 'protected'): Partial<FleetRow> => ({
  wave: null,
  skip: { code, reasons: ['says why'] },
});

describe('fleet rehearse, before anything is read or started', () => {
  it('given a fleet file, then it is planned by the library first; with nothing to rebuild there is nothing to rehearse', async () => {
    const fleets = { plan: async () => fleetPlan([skip('already-on-image')]) };
    const { exitCode, out, calls } = await runFake(['fleet', 'rehearse', 'web.yaml'], { fleets, io: fileOf(FILE) });
    assert.equal(exitCode, 0);
    assert.deepEqual(out, ['nothing to do: no VM of web has to be rebuilt']);
    assert.deepEqual(calls, ['fleets.plan', 'close']);
  });

  it('given a saved plan, then nobody is asked; where something is in the way, it says what', async () => {
    const io = fileOf(JSON.stringify(fleetPlan([skip('protected')])));
    const { exitCode, err, calls } = await runFake(['fleet', 'rehearse', 'p.json'], { io });
    assert.equal(exitCode, 3);
    assert.match(err.join('\n'), /ValidationFailed: No VM of web can be rebuilt\. i-a1: says why/);
    assert.deepEqual(calls, []);
  });

  it('given failures that the plan cannot have, then says so, and JD Cloud is not asked', async () => {
    const io = fileOf(JSON.stringify(fleetPlan()));
    for (const wish of [
      ['--fail', '3'],
      ['--fail-az', 'mars'],
      ['--fail-vm', 'i-b1'],
    ]) {
      const { exitCode, err } = await runFake(['fleet', 'rehearse', 'p.json', ...wish], { io });
      assert.equal(exitCode, 2, wish.join(' '));
      assert.match(err.join('\n'), new RegExp(`^reimage: InvalidInput: .*\\(${wish[0]}\\)`));
    }
  });

  it('given a plan that was changed by hand, then it is refused', async () => {
    const io = fileOf(JSON.stringify({ ...fleetPlan(), planId: 'plan-reimage:cn-north-1:web:2' }));
    const { exitCode, err } = await runFake(['fleet', 'rehearse', 'p.json'], { io });
    assert.equal(exitCode, 2);
    assert.match(err.join('\n'), /not what its digest says/);
  });

  it('given settings of JD Cloud that are wrong, then says which', async () => {
    const io = fileOf(JSON.stringify(fleetPlan()));
    const env = { JDCLOUD_ENDPOINT: 'nonsense' };
    const { exitCode, err } = await runFake(['fleet', 'rehearse', 'p.json'], { io, env });
    assert.equal(exitCode, 2);
    assert.match(err.join('\n'), /JDCLOUD_ENDPOINT is not a URL/);
  });
});
