import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAlive } from '../fixtures/is-alive.js';
import { pidsIn, startDemo } from './start-demo.js';

const DEMO = 'demo/fleet.ts';

/** Commands as they were typed, without their files and VMs. */
function typedIn(text: string): string[] {
  return [...text.matchAll(/^\$ reimage (.*)$/gm)].map(([, command = '']) =>
    command.replaceAll(/\S*\/(web\S*)/g, '$1').replaceAll(/\bi-\w+/g, 'VM'),
  );
}

describe('npm run demo:fleet', () => {
  it('moves a fleet through canary, hold, decision, budget and resume, and shows what the cloud saw of it', async (t) => {
    const { written, ended } = startDemo(t, DEMO, '--vms', '9', '--compress', '40');
    const { exitCode } = await ended;

    assert.equal(exitCode, 0, written.err);
    assert.deepEqual(typedIn(written.err), [
      'fleet plan web.yaml --save web-plan.json',
      'fleet start web-plan.json --yes --detach',
      'fleet watch web',
      "fleet approve web --gate 'after the canary' --by bob --reason 'the canary is well'",
      'fleet watch web',
      'status VM',
      "decide VM rollback --yes --by bob --reason 'the new image does not work on it'",
      'fleet watch web',
      "fleet resume web --pause 1 --by bob --reason 'this VM is a special case'",
      'fleet watch web',
      'fleet report web',
    ]);
    assert.match(written.err, /awaiting-approval, wave 2\/3: 1 done, 8 waiting/);
    assert.match(written.err, /1 are held, 0 may be/);
    assert.match(written.err, /paused, wave 3\/3: .*1 rolled-back.*failure budget exhausted \(1 failed, 0 may\)/);
    assert.match(written.out, /^done: fleet web-\w{8} in cn-north-1/m);
    assert.match(written.out, /^✔ rebuildInstance was performed 10 times: once on each of 9 VMs, and i-\w+ once more/m);
    assert.match(written.out, /^✔ most VMs down at once: [123] \(limit 3\); by zone: cn-north-1a 1 of 1/m);
    assert.match(written.out, /^✔ the first VM after the canary was stopped \d+\.\d s after the approval$/m);
    assert.match(written.out, /^✔ 9 of 9 VMs run, 8 of them on img-\w+$/m);
    assert.deepEqual(pidsIn(written.err).filter(isAlive), []);
  });

  it('says how many VMs there may be', async (t) => {
    const { written, ended } = startDemo(t, DEMO, '--vms', '8');
    assert.equal((await ended).exitCode, 1);
    assert.equal(written.err, 'demo: --vms must be a whole number from 9 to 200\n');
  });
});
