import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { noStart } from '../../workflows/fleet/fleet-lane.js';
import { clientLane, failsAs } from './client-lane.js';

const WHO = { by: 'bob', reason: 'enough' } as const;

describe('a fleet that was aborted while it put VMs back', () => {
  it('leaves those that wait for it to a rollback, and does not move them forward again', async (t) => {
    const lane = await clientLane(t, { size: 4 });
    const puttingBack = holdTransition(lane.cloud, 'rebuildInstance', { skip: 3 });
    const { fleets } = lane.reimage;
    const rollout = { canary: 0, maxUnavailable: { fleet: 1 }, onBudgetExhausted: 'rollback' } as const;
    const plan = await fleets.plan(lane.spec(rollout));
    const [, , breaks = '', never = ''] = plan.rows.map(({ instanceId }) => instanceId);
    lane.cloud.addFault(noStart(breaks, 1));
    const old = await fleets.start(plan, { replan: false });
    await puttingBack.reached();
    await fleets.abort(old, WHO);
    puttingBack.release();
    const { result } = await fleets.wait(old);
    const rolledBack = (await fleets.members(old, { states: ['rolled-back'] })).map(({ instanceId }) => instanceId);
    const wait = lane.ids.filter((id) => id !== never && !rolledBack.includes(id));
    assert.deepEqual([rolledBack.length, wait.length], [1, 2]);

    const retry = await fleets.planRetry(old);
    const { targets } = await fleets.planRollback(old);
    const { members, deviations } = await fleets.report(old);

    const idsOf = (some: readonly { readonly instanceId: string }[]) =>
      some.map(({ instanceId }) => instanceId).toSorted();
    assert.deepEqual(idsOf(retry.plan.rows), [...rolledBack, never].toSorted());
    assert.deepEqual(idsOf(retry.leftOut), wait.toSorted());
    assert.deepEqual(idsOf(targets), wait.toSorted());
    assert.deepEqual(
      idsOf(members.filter((member) => member.deviations[0]?.startsWith('it waits to be put back'))),
      wait.toSorted(),
    );
    assert.match(deviations.at(-1) ?? '', /^not yet put back: i-.*, i-.*reimage fleet rollback web-/);
    assert.match(result?.failure?.message ?? '', /Not yet put back: 2[.]$/);
    await assert.rejects(
      fleets.planRetry(old, { excludeIds: [...rolledBack, never] }),
      failsAs('DecisionRefused', /left nothing.*Not yet put back: 2/),
    );
    const back = await fleets.wait(await fleets.rollback(old));
    assert.equal(back.result?.counts.done, 2);
    assert.ok(lane.ids.every((id) => lane.cloud.vm(id).imageId === DEFAULT_IMAGE_ID));
  });
});
