import { failedPrecondition, invalidArgument } from '../wire/api-error.js';
import type { LiveVm } from './live-region.js';

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
