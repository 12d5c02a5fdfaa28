import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { planDigest } from '../../../../client/fleets/plan.js';
import type { RehearsalReport } from '../../../../client/rehearsal/report-schema.js';
import type { FleetPlan } from '../../../../contracts/fleet/fleet-plan.js';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { image, region, vm } from '../../../../simulator/model/builders.js';
import { startSimulator } from '../../../../simulator/start-simulator.js';
import { defer } from '../../../fixtures/defer.js';
import { eventually } from '../../../fixtures/eventually.js';
import { fleetPlan } from '../../../unit/client/cli/fleet-fakes.js';
import { startCli } from '../spawn-cli.js';

const ZONES = ['cn-north-1a', 'cn-north-1b', 'cn-north-1c'];
const IDS = Array.from({ length: 6 }, (_, at) => `i-web${at + 1}`);
const IN_B = IDS.filter((_, at) => at % 3 === 1);

const scope = { after };
const cloud = await startSimulator({
  state: region({
    vms: IDS.map((id, at) => vm(id, 'running', { az: ZONES[at % 3] ?? '', imageId: 'img-old' })),
    images: [image('img-old'), image('img-new')],
  }),
});
defer(scope, () => cloud.close());
const folder = await mkdtemp(join(tmpdir(), 'rehearse-test-'));
defer(scope, () => rm(folder, { recursive: true }));

/** A canary, then all: three may be down, one failure is tolerated. The health check would find nobody. */
const SPEC = FleetSpec.parse({
  name: 'web',
  regionId: 'cn-north-1',
  select: { name: '*' },
  image: { id: 'img-new' },
  rebuild: {
    passwordRef: 'exec:/nobody/is/to/run/this',
    healthChecks: [{ kind: 'tcp', port: 9 }],
    requireHealthyBefore: true,
  },
  rollout: {
    maxUnavailable: { fleet: 3, perAz: 2 },
    maxFailures: { fleet: 1 },
    bakeSeconds: 50,
    approval: { afterCanary: 'always', preventSelfApproval: true },
    maintenance: { zone: 'Asia/Shanghai', windows: [{ from: '22:00', to: '23:00' }] },
  },
});
const OPENING = { opensAt: '2099-01-01T14:00:00.000Z', closesAt: '2099-01-01T15:00:00.000Z', local: 'in 2099' };

/** @param status - of the VMs, as the plan has seen them */
function planOfAll(status = 'running'): FleetPlan {
  const rows = IDS.map((instanceId, at) => ({ instanceId, status, az: ZONES[at % 3] ?? '', wave: at === 0 ? 0 : 1 }));
  const plan: FleetPlan = {
    ...fleetPlan(rows),
    spec: SPEC,
    waves: [
      { name: 'canary', size: 1 },
      { name: 'wave 2', size: 5 },
    ],
    limits: {
      unavailable: { fleet: 3, perAz: Object.fromEntries(ZONES.map((zone) => [zone, 2])) },
      failures: { fleet: 1, strict: false },
      held: 1,
    },
    nextWindows: [OPENING],
  };
  return { ...plan, digest: planDigest(plan) };
}

/** The settings by which a worker would reach the cloud; of a Temporal server nothing is known. */
const env = {
  TMPDIR: folder,
  JDCLOUD_ENDPOINT: cloud.endpoint,
  JDCLOUD_ACCESS_KEY: cloud.credentials.accessKey,
  JDCLOUD_SECRET_KEY: cloud.credentials.secretKey,
  TEMPORAL_CLI_PATH: process.env['REIMAGE_TEST_TEMPORAL_CLI'],
};
const file = join(folder, 'plan.json');
const stale = join(folder, 'stale.json');
const rehearse = (...argv: string[]) => startCli(['fleet', 'rehearse', file, '--compress', '50', ...argv], env);
const leftBehind = async () => (await readdir(folder)).filter((name) => !name.endsWith('.json'));

describe('fleet rehearse, as a process, of a saved plan of six VMs in three zones', () => {
  before(() => writeFile(file, JSON.stringify(planOfAll())));

  it('given a zone that fails and a budget of one, then tells that it would pause, and only reads of the real cloud', async () => {
    const { exitCode, stdout, stderr } = await rehearse('--fail-az', 'cn-north-1b', '--output', 'json').ended;

    assert.equal(exitCode, 3, stderr);
    const report = JSON.parse(stdout) as RehearsalReport;
    assert.equal(report.outcome, 'stopped');
    assert.deepEqual(report.failing, IN_B);
    assert.equal(report.stop?.kind, 'pause');
    assert.deepEqual(report.stop?.wave, { index: 1, count: 2, name: 'wave 2' });
    assert.match(report.stop?.reason ?? '', /failure budget exhausted \(2 failed, 1 may\)/);
    assert.equal(report.counts.failed, 2);
    assert.deepEqual(report.unexpectedOutcomes, []);

    const operations = new Set(cloud.journal.calls().map(({ operation }) => operation));
    assert.deepEqual([...operations].toSorted(), ['describeImages', 'describeInstances']);
    assert.deepEqual(cloud.journal.changes(), []);
    assert.ok(IDS.every((id) => cloud.vm(id).imageId === 'img-old'));

    assert.deepEqual([report.unavailable.fleet.peak, report.unavailable.fleet.limit], [3, 3]);
    for (const zone of ZONES) assert.ok((report.unavailable.domains[`zone ${zone}`]?.peak ?? 3) <= 2, zone);
    assert.ok(Object.values(report.erases).every((times) => times <= 1));
    assert.equal(report.erases['i-web1'], 1);
    assert.deepEqual([report.gates.length, report.bakes.count, report.bakes.eachSeconds], [1, 1, 50]);
    assert.ok(report.duration.seconds > 2 * 96, 'two rounds and a bake');
    assert.equal(report.windows?.left, 0);
    assert.equal(
      report.windows?.occurrences[0]?.starts,
      Object.values(report.erases).reduce((sum, times) => sum + times),
    );
    assert.ok(report.apiCalls.total > 20 && report.apiCalls.peakAMinute <= report.apiCalls.total);
    assert.deepEqual(await leftBehind(), []);
  });

  it('given a plan of another day and Ctrl-C in the middle, then says first that it is stale; all that it has started is gone, and nothing real is touched', async () => {
    cloud.journal.clear();
    await writeFile(stale, JSON.stringify(planOfAll('stopped')));
    const process = startCli(['fleet', 'rehearse', stale, '--compress', '50'], env);
    await eventually('VMs are rebuilt', () => / rebuilding, wave 1/.test(process.stderr()));
    process.signal('SIGINT');

    const { exitCode, stdout, stderr } = await process.ended;
    assert.equal(exitCode, 130, stderr);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /the plan is stale: [^]*\n {2}i-web1 is running, not stopped\n[^]*rehearsal: [^]*rebuilding, wave 1/,
    );
    assert.match(stderr, /all that it had started is gone\. Nothing real was touched\.$/m);
    assert.deepEqual(await leftBehind(), []);
    assert.deepEqual(cloud.journal.changes(), []);
  });
});
