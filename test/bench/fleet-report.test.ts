import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFleetBench } from '../../bench/fleet/fleet-bench.js';
import { faultsOf, type FleetReport, renderFleetReport } from '../../bench/fleet/report.js';
import type { ReimageFigures } from '../../bench/fleet/run-reimage.js';

const COURSE = {
  vms: 1000,
  concurrency: 100,
  rebuiltOnce: 1000,
  seconds: 50,
  idealSeconds: 47.5,
  mostDown: 100,
  callsPerVm: 12,
  mutatingCallsPerVm: 3,
  callsPerVmOf: { describeInstances: 9, rebuildInstance: 1.5 },
  refusedCalls: 0,
  busiestMinute: 400,
  places: { cloud: 0.95, lag: 0.03, empty: 0.02 },
};

function reportOf(ours: Partial<ReimageFigures> = {}, ansible: FleetReport['ansible'] = { whyNot: 'no network' }) {
  const histories = {
    child: { mean: 58, most: 58, mostBytes: 20_000 },
    parent: { runs: 1, eventsPerVm: 4.3, mostEvents: 4300, mostBytes: 4_000_000 },
  };
  const used = { workerCpuSeconds: 50, workerPeakMiB: 500, serverCpuSeconds: 50, serverPeakMiB: 300 };
  return {
    startedAt: '2026-11-24T10:00:00.000Z',
    bench: { vms: 1000, concurrency: 100, compress: 20, ansibleVms: 100 },
    machine: { cores: 2, memoryGiB: 24, node: 'v20.20.2', load: [0.1, 2, 2] },
    reimage: { ...COURSE, planCallsPerVm: 0.04, planSeconds: 1, histories, ...used, ...ours },
    ansible,
  } satisfies FleetReport;
}

const parentOf = (mostEvents: number, mostBytes: number) => {
  const { child, parent } = reportOf().reimage.histories;
  return { histories: { child, parent: { ...parent, mostEvents, mostBytes } } };
};

describe('what fails the bench of a fleet', () => {
  for (const { name, report, faults } of [
    { name: 'a slow machine does not', report: reportOf({ seconds: 500 }), faults: 0 },
    { name: 'a VM that was not erased, or twice', report: reportOf({ rebuiltOnce: 999 }), faults: 1 },
    { name: 'more VMs down than may be', report: reportOf({ mostDown: 101 }), faults: 1 },
    { name: 'a run of 10,000 events', report: reportOf(parentOf(10_000, 1)), faults: 1 },
    { name: 'a run of 10 MB', report: reportOf(parentOf(1, 10_000_000)), faults: 1 },
    {
      name: 'a playbook that left VMs out',
      report: reportOf({}, { ...COURSE, rebuiltOnce: 1, version: '2.19', cpuSeconds: 1, peakMiB: 1 }),
      faults: 1,
    },
  ])
    it(name, () => assert.equal(faultsOf(report).length, faults));
});

describe('the report of the bench of a fleet', () => {
  it('given that there is no Ansible, then it says why and prints no figure for it', () => {
    const text = renderFleetReport(reportOf());
    assert.match(text, /^Ansible: no figures: no network$/m);
    assert.match(text, /^seconds +50\.0 +- +-$/m);
  });

  it('given an ideal of 47.5 s, then 50 s reach 95 % of it, and 60 s miss what is aimed at', () => {
    assert.match(renderFleetReport(reportOf()), /^of the ideal 95\.0 %, aimed at are 85 %$/m);
    assert.match(renderFleetReport(reportOf({ seconds: 60 })), /^of the ideal 79\.2 %, aimed at are 85 %: missed$/m);
  });
});

describe('what the report of a fleet explains it by', () => {
  it('given 50 CPU seconds of each side and 55.9 s to be aimed at, then it tells the cores that it takes', () => {
    assert.match(
      renderFleetReport(reportOf()),
      /^the processor time of worker and server alone keeps 1\.8 cores busy/m,
    );
  });

  it('given the calls of two operations, then it tells how many each made', () => {
    assert.match(renderFleetReport(reportOf()), /^API calls per VM: describeInstances 9\.00, rebuildInstance 1\.50$/m);
  });
});

describe('the command line of the bench of a fleet', () => {
  it('given nothing, then 1,000 VMs, 100 at a time, 20 times faster, beside 100 by Ansible', () => {
    const asked = { vms: 1000, concurrency: 100, compress: 20, ansibleVms: 100, output: 'text' };
    assert.deepEqual(readFleetBench([]), asked);
  });

  it('given no whole number, then it names the option', () => {
    assert.throws(() => readFleetBench(['--vms', 'many']), /--vms must be a whole number from 1/);
  });
});
