import { failedPrecondition, invalidArgument, notFound } from '../model/api-error.js';
import type { Outcome } from '../model/fault-rule.js';
import type { LiveRegion, LiveVm } from './live-region.js';
import { begin, endByFault } from './transitions.js';

/** Who acts, and what a fault makes of it. `outcome` is asked once the call is accepted. */
export interface Actor {
  /** The operation, or `console`. */
  readonly by: string;
  readonly outcome: () => Outcome | null;
}

const PASSING = ['pending', 'starting', 'stopping', 'rebooting', 'rebuilding', 'resizing', 'deleting'];

/** Refuses a call while something is under way on the VM, in JD Cloud's words. */
export function refuseBusy(region: LiveRegion, vm: LiveVm): void {
  const isPassing = PASSING.includes(vm.status);
  if (vm.task === null && !isPassing) return;
  if (isPassing && region.world.assumptions.busyMessage === 'invalid-status') throw invalidStatus(vm);
  throw failedPrecondition(`Conflict with underlay task '${vm.task?.name ?? vm.status}'`);
}

/** 400 FAILED_PRECONDITION `Invalid instance status 'xx'`. */
export function invalidStatus(vm: LiveVm): Error {
  return failedPrecondition(`Invalid instance status '${vm.status}'`);
}

/** Refuses a VM whose system disk is gone or not attached. HTTP status and word differ between operations. */
export function refuseBadSystemDisk(vm: LiveVm, mountError: (message: string) => Error): void {
  if (vm.systemDisk === null) throw notFound('System disk not found');
  if (vm.systemDisk.status !== 'attached') throw mountError('Invalid system disk mount state');
}

/** Starts a stopped VM. @throws ApiError in JD Cloud's words */
export function start(region: LiveRegion, vm: LiveVm, { by, outcome }: Actor): void {
  const { timing, assumptions } = region.world;
  refuseBusy(region, vm);
  if (vm.status !== 'stopped') throw invalidStatus(vm);
  if (vm.chargeStatus !== 'normal') throw failedPrecondition('Invalid charge state');
  refuseBadSystemDisk(vm, notFound);
  if (vm.resourcesReleased && assumptions.outOfStockOnStart) {
    throw failedPrecondition(`InstanceType '${vm.instanceType}' is out of stock`);
  }
  const fate = outcome();
  begin(region, vm, {
    name: 'startInstance',
    by,
    passing: 'starting',
    durationMs: timing.starting,
    stuck: fate === 'stuck',
    comesToNothing: fate === 'reverts',
    end: () => {
      if (fate === 'reverts') return 'stopped';
      const bad = endByFault(region, vm, fate, by);
      if (bad !== undefined) return bad;
      vm.resourcesReleased = false;
      runLaunchScript(vm);
      return 'running';
    },
  });
}

/** The guest runs its launch script once on a new disk, when it starts for the first time. */
export function runLaunchScript(vm: LiveVm): void {
  if (vm.launchScriptDue && vm.userdata.some(({ key }) => key === 'launch-script')) vm.launchScriptRan = true;
  vm.launchScriptDue = false;
}

/** Stops a running VM; `chargeOnStopped` as in the call's body. @throws ApiError in JD Cloud's words */
export function stop(region: LiveRegion, vm: LiveVm, chargeOnStopped: string | null, { by, outcome }: Actor): void {
  refuseBusy(region, vm);
  if (vm.status !== 'running') throw invalidStatus(vm);
  const charge = chargeAfterStop(vm, chargeOnStopped ?? '');
  const fate = outcome();
  begin(region, vm, {
    name: 'stopInstance',
    by,
    passing: 'stopping',
    durationMs: region.world.timing.stopping,
    stuck: fate === 'stuck',
    comesToNothing: fate === 'reverts',
    end: () => {
      if (fate === 'reverts') return 'running';
      const bad = endByFault(region, vm, fate, by);
      if (bad !== undefined) return bad;
      vm.chargeOnStopped = charge;
      if (charge === 'stopCharging' && mayStopCharging(vm)) releaseResources(vm);
      return 'stopped';
    },
  });
}

/** Reboots a running VM. @throws ApiError in JD Cloud's words */
export function reboot(region: LiveRegion, vm: LiveVm, { by, outcome }: Actor): void {
  refuseBusy(region, vm);
  if (vm.status !== 'running') throw invalidStatus(vm);
  if (vm.chargeStatus !== 'normal') throw failedPrecondition('Invalid charge state');
  const fate = outcome();
  begin(region, vm, {
    name: 'rebootInstance',
    by,
    passing: 'rebooting',
    durationMs: region.world.timing.rebooting,
    stuck: fate === 'stuck',
    end: () => {
      const bad = endByFault(region, vm, fate, by);
      return bad === undefined ? 'running' : bad;
    },
  });
}

/** Deletes a VM that is running, stopped or in error. @throws ApiError in JD Cloud's words */
export function remove(region: LiveRegion, vm: LiveVm, { by, outcome }: Actor): void {
  refuseBusy(region, vm);
  if (!['running', 'stopped', 'error'].includes(vm.status)) throw invalidStatus(vm);
  const fate = outcome();
  const before = vm.status;
  begin(region, vm, {
    name: 'deleteInstance',
    by,
    passing: 'deleting',
    durationMs: region.world.timing.deleting,
    stuck: fate === 'stuck',
    comesToNothing: fate === 'reverts',
    end: () => {
      if (fate === 'reverts') return before;
      const bad = endByFault(region, vm, fate ?? 'disappears', by);
      return bad ?? null;
    },
  });
}

/**
 * The VM's chargeOnStopped after a stop that says `asked`; an empty text keeps the VM's own.
 * @throws ApiError where JD Cloud does not take the field: dedicated host, local system disk, other charge modes
 */
export function chargeAfterStop(vm: LiveVm, asked: string): LiveVm['chargeOnStopped'] {
  if (asked === '') return vm.chargeOnStopped;
  if (asked !== 'keepCharging' && asked !== 'stopCharging') throw invalidArgument('Invalid chargeOnStopped');
  if (vm.dedicatedHostId !== null) {
    throw failedPrecondition('keepCharging or stopCharging does not applied to dedicated host');
  }
  if (vm.systemDisk?.diskCategory !== 'cloud') {
    throw failedPrecondition('stopCharging only applied to cloud system disk');
  }
  if (vm.chargeMode !== 'postpaid_by_duration') {
    throw failedPrecondition('stopCharging only applied to postpaid by duration');
  }
  return asked;
}

/** Whether stopCharging can take effect on this VM at all. */
export function mayStopCharging(vm: LiveVm): boolean {
  return (
    vm.dedicatedHostId === null && vm.systemDisk?.diskCategory === 'cloud' && vm.chargeMode === 'postpaid_by_duration'
  );
}

/** Gives up CPU, memory and stock, and wipes local data disks. */
export function releaseResources(vm: LiveVm): void {
  vm.resourcesReleased = true;
  vm.dataDisks = vm.dataDisks.map((disk) => (disk.diskCategory === 'local' ? { ...disk, wiped: true } : disk));
}
