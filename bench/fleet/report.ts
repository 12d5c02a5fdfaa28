import type { FleetBench } from './fleet-bench.js';
import type { CourseFigures } from './measure-fleet.js';
import type { AnsibleFigures, AnsibleRun } from './run-ansible.js';
import type { ReimageFigures } from './run-reimage.js';

/** Most that one run of a fleet may leave in its history. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 10_000_000;

/** The share of the ideal that we aim at. */
const AIM = 0.85;

export interface FleetReport {
  readonly startedAt: string;
  readonly bench: FleetBench;
  readonly machine: {
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
    /** Of the last minute: before, between the two, and after. */
    readonly load: readonly number[];
  };
  readonly reimage: ReimageFigures;
  readonly ansible: AnsibleRun;
}

interface Row {
  readonly what: string;
  readonly ours: number;
  readonly theirs: number | null;
  readonly digits: number;
  /** Whether the ratio says something where the two have not as many VMs. */
  readonly compares: boolean;
}

/** What must not be, whatever the machine: told, and the bench then fails. Pure. */
export function faultsOf({ bench, reimage, ansible }: FleetReport): string[] {
  const { histories, rebuiltOnce, mostDown } = reimage;
  const { mostEvents, mostBytes } = histories.parent;
  const theirs = 'whyNot' in ansible ? [] : brokenPromises('Ansible', ansible);
  return [
    ...brokenPromises('Reimage', { ...reimage, rebuiltOnce, mostDown, vms: bench.vms }),
    ...(mostEvents < MOST_EVENTS ? [] : [`a run of the fleet has ${mostEvents} events, ${MOST_EVENTS} is too many`]),
    ...(mostBytes < MOST_BYTES ? [] : [`a run of the fleet has ${mostBytes} bytes, ${MOST_BYTES} is too many`]),
    ...theirs,
  ];
}

function brokenPromises(who: string, { vms, rebuiltOnce, mostDown, concurrency }: CourseFigures): string[] {
  return [
    ...(rebuiltOnce === vms ? [] : [`${who}: ${rebuiltOnce} of ${vms} VMs were rebuilt once`]),
    ...(mostDown <= concurrency ? [] : [`${who}: ${mostDown} VMs were down at a time, ${concurrency} may`]),
  ];
}

/** A table of both sides, all from one run. Pure. */
export function renderFleetReport({ startedAt, bench, machine, reimage, ansible }: FleetReport): string {
  const theirs = 'whyNot' in ansible ? null : ansible;
  const [before, between, after] = machine.load.map((load) => load.toFixed(1));
  const rows = [...sharedRows(reimage, theirs), ...usageRows(reimage, theirs)];
  return [
    `${startedAt}: a fleet of ${bench.vms} VMs, the cloud's times compressed ${bench.compress} times`,
    `${machine.cores} cores, ${machine.memoryGiB.toFixed(0)} GiB, node ${machine.node}; load ${before} before, ${between} between, ${after} after`,
    '',
    line(['', 'Reimage', 'Ansible', 'ratio']),
    ...rows.map(renderRow),
    '',
    ...fleetLines(reimage, bench),
    '',
    theirs === null && 'whyNot' in ansible
      ? `Ansible: no figures: ${ansible.whyNot}`
      : `Ansible: ansible-core ${theirs?.version}, bench/ansible/reimage.yml`,
  ].join('\n');
}

function sharedRows(ours: ReimageFigures, theirs: AnsibleFigures | null): Row[] {
  const row = (what: string, of: (side: CourseFigures) => number, digits: number, compares = true): Row => ({
    what,
    ours: of(ours),
    theirs: theirs === null ? null : of(theirs),
    digits,
    compares,
  });
  return [
    row('VMs', ({ vms }) => vms, 0, false),
    row('at a time', ({ concurrency }) => concurrency, 0, false),
    row('most VMs down at once', ({ mostDown }) => mostDown, 0, false),
    row('VMs rebuilt exactly once', ({ rebuiltOnce }) => rebuiltOnce, 0, false),
    row('seconds', ({ seconds }) => seconds, 1, false),
    row('seconds, ideal', ({ idealSeconds }) => idealSeconds, 1, false),
    row('ideal of measured, %', ({ idealSeconds, seconds }) => (100 * idealSeconds) / seconds, 1),
    row('places: the cloud at work, %', ({ places }) => 100 * places.cloud, 1),
    row('places: a VM down, nothing at work, %', ({ places }) => 100 * places.lag, 1),
    row('places: no VM down, %', ({ places }) => 100 * places.empty, 1),
    row('API calls per VM', ({ callsPerVm }) => callsPerVm, 2),
    row('  of them mutating', ({ mutatingCallsPerVm }) => mutatingCallsPerVm, 2),
    row('  of all, refused', ({ refusedCalls }) => refusedCalls, 0, false),
    row("calls in the cloud's busiest minute", ({ busiestMinute }) => busiestMinute, 0, false),
  ];
}

function usageRows(ours: ReimageFigures, theirs: AnsibleFigures | null): Row[] {
  const cpu = (ours.workerCpuSeconds + ours.serverCpuSeconds) / ours.vms;
  const theirCpu = theirs === null ? null : theirs.cpuSeconds / theirs.vms;
  const only = { theirs: null, compares: false };
  return [
    { what: 'CPU seconds per VM', ours: cpu, theirs: theirCpu, digits: 3, compares: true },
    { what: '  worker', ours: ours.workerCpuSeconds / ours.vms, digits: 3, ...only },
    { what: '  Temporal server', ours: ours.serverCpuSeconds / ours.vms, digits: 3, ...only },
    {
      what: 'peak memory, MiB',
      ours: ours.workerPeakMiB + ours.serverPeakMiB,
      theirs: theirs?.peakMiB ?? null,
      digits: 0,
      compares: false,
    },
    { what: '  worker', ours: ours.workerPeakMiB, digits: 0, ...only },
    { what: '  Temporal server', ours: ours.serverPeakMiB, digits: 0, ...only },
  ];
}

function renderRow({ what, ours, theirs, digits, compares }: Row): string {
  const ratio = compares && theirs !== null && theirs !== 0 ? (ours / theirs).toFixed(2) : '-';
  return line([what, ours.toFixed(digits), theirs === null ? '-' : theirs.toFixed(digits), ratio]);
}

function line([what = '', ...cells]: readonly string[]): string {
  return `${what.padEnd(40)}${cells.map((cell) => cell.padStart(10)).join('')}`.trimEnd();
}

function fleetLines(
  { histories, seconds, idealSeconds, planSeconds, planCallsPerVm, callsPerVmOf, ...used }: ReimageFigures,
  bench: FleetBench,
) {
  const { child, parent } = histories;
  const share = idealSeconds / seconds;
  const cores = (used.workerCpuSeconds + used.serverCpuSeconds) / (idealSeconds / AIM);
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(2);
  return [
    `history of a rebuild: ${child.mean.toFixed(1)} events, ${child.most} at most, ${mib(child.mostBytes)} MiB at most`,
    `history of the fleet: ${parent.eventsPerVm.toFixed(1)} events per VM in ${parent.runs} runs; the longest ${parent.mostEvents} events (${MOST_EVENTS} may), the largest ${mib(parent.mostBytes)} MiB`,
    `plan before it: ${planSeconds.toFixed(1)} s, ${planCallsPerVm.toFixed(2)} API calls per VM`,
    `API calls per VM: ${Object.entries(callsPerVmOf)
      .map(([operation, calls]) => `${operation} ${calls.toFixed(2)}`)
      .join(', ')}`,
    `of the ideal ${(100 * share).toFixed(1)} %, aimed at are ${100 * AIM} %${share < AIM ? ': missed' : ''}`,
    `the processor time of worker and server alone keeps ${cores.toFixed(1)} cores busy in a run of ${100 * AIM} %`,
  ].concat(
    bench.compress > 1
      ? [`a second here is ${bench.compress} of the cloud's, and so is a second of processor time`]
      : [],
  );
}
