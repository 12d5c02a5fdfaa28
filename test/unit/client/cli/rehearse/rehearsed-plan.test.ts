import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planDigest } from '../../../../../client/fleets/plan.js';
import { PASSWORD_VARIABLE, rehearsedPlan, rehearsedTimes } from '../../../../../client/rehearsal/plan.js';
import { notesOf } from '../../../../../client/rehearsal/report-schema.js';
import { FleetPlan } from '../../../../../contracts/fleet/fleet-plan.js';
import type { FleetSpecInput } from '../../../../../contracts/fleet/fleet-spec.js';
import { fleetPlan } from '../fleet-fakes.js';

function planWith(parts: {
  rebuild?: Partial<FleetSpecInput['rebuild']>;
  rollout?: FleetSpecInput['rollout'];
  estimate?: FleetPlan['estimate']['rebuild'];
}): FleetPlan {
  const plan = fleetPlan();
  const { rebuild, rollout } = plan.spec;
  return FleetPlan.parse({
    ...plan,
    spec: { ...plan.spec, rebuild: { ...rebuild, ...parts.rebuild }, rollout: { ...rollout, ...parts.rollout } },
    estimate: { ...plan.estimate, rebuild: parts.estimate ?? plan.estimate.rebuild },
  });
}

const CHECK = { kind: 'tcp', port: 22 } as const;

describe('the plan that is rehearsed', () => {
  it('has the VMs, waves, limits and gates of the plan, and a digest of its own', () => {
    const plan = planWith({ rollout: { approval: { beforeWaves: true } }, rebuild: { healthChecks: [CHECK] } });
    const rehearsed = rehearsedPlan(plan, 20, 'bob');
    const { rows, waves, limits, image, estimate } = rehearsed;
    assert.deepEqual(
      { rows, waves, limits, image, estimate },
      {
        rows: plan.rows,
        waves: plan.waves,
        limits: plan.limits,
        image: plan.image,
        estimate: plan.estimate,
      },
    );
    assert.deepEqual(rehearsed.spec.rollout.approval, plan.spec.rollout.approval);
    assert.equal(rehearsed.digest, planDigest(rehearsed));
    assert.notEqual(rehearsed.digest, planDigest(plan));
  });

  it('has no health checks, and no password reference but one that is made up here', () => {
    const secrets = ['env:PW', 'generate:exec:/bin/vault'];
    for (const passwordRef of secrets) {
      const rebuild = { passwordRef, healthChecks: [CHECK], requireHealthyBefore: true };
      const { spec } = rehearsedPlan(planWith({ rebuild }), 20, 'bob');
      assert.deepEqual(spec.rebuild.healthChecks, []);
      assert.equal(spec.rebuild.requireHealthyBefore, false);
      assert.equal(spec.rebuild.passwordRef, `env:${PASSWORD_VARIABLE}`);
      assert.ok(!JSON.stringify(spec).includes(passwordRef));
    }
    assert.equal(rehearsedPlan(planWith({}), 20, 'bob').spec.rebuild.passwordRef, undefined);
  });

  it('has bakes that are compressed, looks that are at most as far apart, and no windows', () => {
    const maintenance = { zone: 'Asia/Shanghai', windows: [{ from: '22:00', to: '23:00' }] };
    const rollout = { bakeSeconds: 90, maxUnavailable: { maxObservationAgeSeconds: 30 }, maintenance };
    const { spec, nextWindows } = rehearsedPlan(planWith({ rollout }), 20, 'bob');
    assert.equal(spec.rollout.bakeSeconds, 5);
    assert.equal(spec.rollout.maxUnavailable.maxObservationAgeSeconds, 1);
    assert.equal(spec.rollout.maintenance, undefined);
    assert.deepEqual(nextWindows, []);
  });

  it('is started by whom the plan names, or by whom it is told', () => {
    assert.equal(rehearsedPlan(fleetPlan(), 20, 'bob').spec.requestedBy, 'bob');
    const named = { ...fleetPlan(), spec: { ...fleetPlan().spec, requestedBy: 'alice' } };
    assert.equal(rehearsedPlan(named, 20, 'bob').spec.requestedBy, 'alice');
  });
});

describe('the times that are rehearsed', () => {
  it('given finished rebuilds, then all steps together take their median, in the proportions of the simulator', () => {
    // Three waits end 2.5 s late on average.
    const plan = planWith({ estimate: { p50Seconds: 193 + 7.5, p90Seconds: 300, samples: 12 } });
    const { timing, rebuildSeconds, samples } = rehearsedTimes(plan);
    assert.equal(rebuildSeconds, 200.5);
    assert.equal(samples, 12);
    assert.equal(timing.stopping + timing.acceptedVisibleAfter + timing.rebuilding + timing.starting, 193_000);
    assert.equal(timing.rebuilding, 120_000);
  });

  it('given none, then they are those of the simulator, whatever the plan assumes', () => {
    const plan = planWith({ estimate: { p50Seconds: 300, p90Seconds: 600, samples: 0 } });
    assert.deepEqual([rehearsedTimes(plan).rebuildSeconds, rehearsedTimes(plan).samples], [96.5 + 7.5, 0]);
  });

  it('given a backup, then it is part of the whole', () => {
    const plan = planWith({
      rebuild: { backup: 'image' },
      estimate: { p50Seconds: 313 + 10, p90Seconds: 600, samples: 3 },
    });
    assert.equal(rehearsedTimes(plan).timing.creatingImage, 120_000);
  });
});

describe('what a rehearsal says of itself', () => {
  const notes = (parts: Parameters<typeof planWith>[0]) =>
    notesOf(planWith(parts), rehearsedTimes(planWith(parts))).join('\n');

  it('names what was left out of this plan, and nothing that is not in it', () => {
    const all = notes({ rebuild: { healthChecks: [CHECK, CHECK], passwordRef: 'env:PW', backup: 'image' } });
    for (const word of [/the 2 health checks are left out/, /password/, /backups/]) assert.match(all, word);
    for (const word of [/health/, /password/, /backups/, /windows/]) assert.doesNotMatch(notes({}), word);
  });

  it('says where its times are from', () => {
    assert.match(notes({}), /1m 44s, by the simulator's times/);
    const estimate = { p50Seconds: 200, p90Seconds: 300, samples: 9 };
    assert.match(notes({ estimate }), /3m 20s, the median of the last 9/);
  });
});
