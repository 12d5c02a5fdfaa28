import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OPERATIONS } from '../../../simulator/model/fault-rule.js';
import { NODE_SDK } from './support/sdks/node-sdk.js';
import { sdkFor } from './support/sdks/official-sdk.js';
import { COMMAND_LINE, PYTHON_SDK } from './support/sdks/python-sdks.js';
import { ID, OTHER_ID, state, STEPS } from './support/sdks/steps.js';
import { simulatorFor } from './support/simulator-for-test.js';

describe('the steps by which SDKs drive the simulator', () => {
  it('take each operation that it serves', () => {
    assert.deepEqual(STEPS.map(({ operation }) => operation).toSorted(), [...OPERATIONS].toSorted());
  });
});

for (const official of [NODE_SDK, PYTHON_SDK, COMMAND_LINE]) {
  describe(`simulator, driven by ${official.name}`, () => {
    it('answers every operation that it serves, each performed once', async (t) => {
      const call = await sdkFor(t, official);
      if (call === null) return;
      const simulator = await simulatorFor(t, { state: state() });

      for (const { operation, options, check } of STEPS) {
        const { result, error } = await call(simulator, { operation, options });
        assert.equal(error, undefined, operation);
        await check(result, simulator);
        assert.equal(simulator.journal.effective(operation), 1, operation);
      }

      const warnings = simulator.journal.calls().flatMap((each) => each.warnings);
      assert.deepEqual(
        warnings,
        STEPS.flatMap(() => official.warnings),
      );
    });

    it('shows a rebuild as stopped, rebuilding, stopped', async (t) => {
      const call = await sdkFor(t, official);
      if (call === null) return;
      const simulator = await simulatorFor(t, { state: state() });
      await call(simulator, { operation: 'rebuildInstance', options: { instanceId: OTHER_ID, imageInherit: 'yes' } });
      await simulator.waitFor(() => simulator.journal.changes({ to: 'stopped' }).length === 1);

      assert.deepEqual(
        simulator.journal.changes().map(({ from, to, by }) => [from, to, by]),
        [
          ['stopped', 'rebuilding', 'rebuildInstance'],
          ['rebuilding', 'stopped', 'rebuildInstance'],
        ],
      );
    });

    it('refuses in the envelope that the SDK reads', async (t) => {
      const call = await sdkFor(t, official);
      if (call === null) return;
      const simulator = await simulatorFor(t, { state: state() });

      const { error } = await call(simulator, { operation: 'startInstance', options: { instanceId: ID } });

      assert.deepEqual(error, {
        code: 400,
        status: 'FAILED_PRECONDITION',
        message: "Invalid instance status 'running'",
      });
    });

    it('takes temporary credentials with their token only, and refuses another secret key', async (t) => {
      const call = await sdkFor(t, official);
      if (call === null) return;
      const credentials = { accessKey: 'AK', secretKey: 'SK', sessionToken: 'session token' };
      const simulator = await simulatorFor(t, { state: state(), credentials });
      const forged = { ...simulator, endpoint: simulator.endpoint, credentials: { accessKey: 'AK', secretKey: 'no' } };
      const read = { operation: 'describeInstance', options: { instanceId: ID } };
      const answers = [
        await call(simulator, { ...read, securityToken: 'session token' }),
        await call(simulator, read),
        await call(forged, { ...read, securityToken: 'session token' }),
      ];

      assert.deepEqual(
        answers.map(({ error }) => error?.message),
        [undefined, 'Invalid security token [gw]', 'sign result is not same [gw]'],
      );
    });
  });
}
