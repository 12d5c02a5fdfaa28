import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { makePlan } from '../../../../activities/rebuild/plan-rebuild.js';
import { createValidationActivities } from '../../../../activities/rebuild/validation-activities.js';
import { DEFAULT_TIMING } from '../../../../activities/runtime/time.js';
import type { RebuildPlan } from '../../../../contracts/rebuild-plan.js';
import { RebuildRequest } from '../../../../contracts/rebuild-request.js';
import { createVmReader } from '../../../../jdcloud/reader.js';
import { createVmClient } from '../../../../jdcloud/vm-client.js';
import { createSecretReader } from '../../../../secrets/secret-reader.js';
import { region, vm } from '../../../../simulator/model/builders.js';
import { type SimulatorOptions, startSimulator } from '../../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../../fixtures/defer.js';
import { NEVER_FROZEN } from '../../../fixtures/never-frozen.js';
import { requestFor } from '../../../fixtures/requests.js';
import { claimRows } from '../check-rows.js';
import { facts, type FactsOverrides } from '../facts.js';

const backup = { backup: 'image' } as const;
const quota = (used: number, limit = 5) => ({ resourceType: 'image', limit, used });
const cloud = { diskCategory: 'cloud', cloudDisk: { diskId: 'vol-2', diskSizeGB: 100 } };
const dataDisks = [
  { ...cloud, deviceName: 'vdb' },
  { ...cloud, deviceName: 'vdc' },
  { diskCategory: 'local', deviceName: 'vdd', localDisk: { diskSizeGB: 50 } },
];
const plan = (given: FactsOverrides) => makePlan(facts({ imageQuota: quota(0), ...given }));
const warningsOf = (given: FactsOverrides) => plan(given).warnings.filter(({ code }) => code.startsWith('backup'));

describe('what speaks against a backup', () => {
  claimRows('', [
    { name: 'the last place free', given: { request: backup, imageQuota: quota(4) }, issues: [] },
    {
      name: 'no place free',
      given: { request: backup, imageQuota: quota(5) },
      issues: [['backup-quota', 'backup']],
      says: /5 of 5 private images/,
    },
    {
      name: 'more used than there are, and a deletion that would follow',
      given: { request: { ...backup, keepBackups: 1 }, imageQuota: quota(7) },
      issues: [['backup-quota', 'backup']],
    },
    { name: 'no place free, and no backup asked for', given: { imageQuota: quota(5) }, issues: [] },
    { name: 'a quota that was not read', given: { request: backup }, issues: [] },
    { name: 'a quota that JD Cloud does not tell', given: { request: backup, imageQuota: null }, issues: [] },
    {
      name: 'no system disk',
      given: { request: backup, imageQuota: quota(0), instance: { systemDisk: null } },
      issues: [
        ['system-disk', null],
        ['backup', 'backup'],
      ],
    },
  ]);
});

describe('the plan of a rebuild with a backup', () => {
  const step = 'make a private image of it (system disk) and wait until it is ready';

  it('makes it between the stop and the checks, and nothing of it without being asked', () => {
    const { steps } = plan({ request: backup });
    assert.deepEqual(steps.slice(0, 4), ['stop the VM', 'wait until it is stopped', step, 'check everything again']);
    assert.deepEqual(
      plan({}).steps.filter((each) => /image of it|backup/.test(each)),
      [],
    );
  });

  it('tells the data disks that it holds, and warns of those it does not', () => {
    const without = { request: backup, instance: { dataDisks } };
    const withThem = { request: { ...backup, backupDataDisks: true }, instance: { dataDisks } };
    assert.ok(plan(without).steps.includes(step));
    assert.ok(plan(withThem).steps.includes(step.replace('disk)', 'disk, data disks vdb, vdc)')));
    assert.match(warningsOf(without)[0]?.message ?? '', /does not hold data disks vdb, vdc, vdd\./);
    assert.match(warningsOf(withThem)[0]?.message ?? '', /does not hold data disks vdd\./);
    assert.deepEqual(warningsOf({ request: backup }), []);
    assert.deepEqual(warningsOf({ instance: { dataDisks } }), []);
  });

  it('tells at the end what becomes of older backups', () => {
    const last = (keepBackups: number | string) => plan({ request: { ...backup, keepBackups } }).steps.at(-1);
    assert.equal(last(3), 'delete old backups of it: all but the newest 3, save what a VM uses');
    assert.equal(last('30d'), 'delete old backups of it: those over 30d old, save what a VM uses');
    assert.match(plan({ request: backup }).steps.at(-1) ?? '', /^verify/);
  });

  it('warns where the quota could not be judged', () => {
    for (const imageQuota of [null, { resourceType: 'image', limit: null, used: 1 }]) {
      assert.deepEqual(
        warningsOf({ request: backup, imageQuota }).map(({ code }) => code),
        ['backup-quota-unknown'],
      );
    }
  });
});

/** The activity that plans, over a cloud of one VM. */
async function startPlanning(t: Scope, options: SimulatorOptions = {}) {
  const state = region({ vms: [vm('i-a1')], quotas: { image: 2 } });
  const simulator = await startSimulator({ state, ...options });
  defer(t, () => simulator.close());
  const { endpoint, credentials } = simulator;
  const api = createVmClient({ endpoint, credentials: async () => credentials });
  defer(t, () => api.close());
  const reader = createVmReader({ api, windowMs: 2 });
  const secrets = createSecretReader({ env: {}, where: 'here' });
  const activities = createValidationActivities({
    api,
    reader,
    secrets,
    namespace: NEVER_FROZEN,
    timing: DEFAULT_TIMING,
  });
  const planFor = (request: object): Promise<RebuildPlan> => {
    const asked = RebuildRequest.parse({ ...requestFor('i-a1'), ...request });
    return new MockActivityEnvironment().run(() => activities.planRebuild(asked));
  };
  return { simulator, planFor };
}

describe('planRebuild', () => {
  it('reads the quota for a backup, and only then', async (t) => {
    const { simulator, planFor } = await startPlanning(t);
    assert.deepEqual((await planFor({})).issues, []);
    assert.equal(simulator.journal.calls({ operation: 'describeQuotas' }).length, 0);

    const { issues } = await planFor(backup);
    assert.deepEqual(
      issues.map(({ code }) => code),
      ['backup-quota'],
    );
    assert.equal(simulator.journal.calls({ operation: 'describeQuotas' }).length, 1);
  });

  it('plans on without the right to read the quota, with a warning', async (t) => {
    const faults = [{ operation: 'describeQuotas', kind: { status: 403, when: 'before' } }] as const;
    const { planFor } = await startPlanning(t, { faults: [...faults] });
    const { issues, warnings } = await planFor(backup);
    assert.deepEqual([issues, warnings.map(({ code }) => code)], [[], ['backup-quota-unknown']]);
  });
});
