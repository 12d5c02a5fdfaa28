import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fleetPlan, SPEC } from '../fleet/fleets.js';
import { operation, runFake } from './fake-deps.js';

const status = (region: string) =>
  runFake(['status', 'i-a1', '--region', region], { client: { get: async () => operation() } });

describe('a region', () => {
  for (const { region, says } of [
    { region: 'cn-north-1', says: null },
    { region: 'cn-noth-1', says: /region cn-noth-1 is none of those known .* Did you mean cn-north-1\?$/m },
    { region: 'eu-west-2', says: /region eu-west-2 is none of those known of JD Cloud \(cn-north-1, .*\)\.$/m },
  ]) {
    it(`${region} ${says === null ? 'is one' : 'is told to be none that is known, and asked about all the same'}`, async () => {
      const { exitCode, err, calls } = await status(region);

      assert.deepEqual([exitCode, calls], [0, ['get', 'close']]);
      if (says === null) assert.doesNotMatch(err.join('\n'), /none of those known/);
      else assert.match(err.join('\n'), says);
    });
  }

  for (const command of ['plan', 'start']) {
    it(`of a fleet's file that is mistyped is told by \`fleet ${command}\` before anybody is asked`, async () => {
      const order: string[] = [];
      const text = JSON.stringify({ ...SPEC, regionId: 'cn-noth-1' });
      const plan = async () => {
        order.push('asked');
        return fleetPlan();
      };
      const { err } = await runFake(['fleet', command, 'web.yaml', ...(command === 'start' ? ['--yes'] : [])], {
        io: { readFile: async () => new TextEncoder().encode(text), err: (line: string) => order.push(line) },
        env: { USER: 'alice' },
        fleets: { plan },
      });

      const told = order.findIndex((line) => /region cn-noth-1 is none of those known .*mean cn-north-1\?$/.test(line));
      assert.ok(told !== -1 && told < order.indexOf('asked'), [...order, ...err].join('\n'));
    });
  }
});
