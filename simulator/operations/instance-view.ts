import { utcFromBeijing } from '../region/cloud-time.js';
import { withoutEmpty } from './without-empty.js';
import type { DataDisk, SystemDisk, VmState } from '../region-state.js';

/** An Instance as describeInstance and describeInstances show it: empty fields left out. */
export function instanceView(vm: VmState, hostnameField: 'hostName' | 'hostname'): object {
  return withoutEmpty({
    ...briefFields(vm, hostnameField),
    description: vm.description,
    elasticIpId: vm.elasticIpId,
    elasticIpAddress: vm.elasticIpAddress,
    primaryNetworkInterface: networkInterface(vm),
    systemDisk: vm.systemDisk && systemDiskView(vm, vm.systemDisk),
    dataDisks: vm.dataDisks.map((disk) => dataDiskView(vm, disk)),
    charge: {
      chargeMode: vm.chargeMode,
      chargeStatus: vm.chargeStatus,
      chargeStartTime: utcFromBeijing(vm.launchTime),
    },
    chargeOnStopped: vm.chargeOnStopped,
    ag: vm.agId && { id: vm.agId, name: vm.agId },
    faultDomain: vm.faultDomain,
    tags: vm.tags,
  });
}

/** An Instance as describeBriefInstances shows it: no charge, tags, network or disk details. */
export function briefInstanceView(vm: VmState, hostnameField: 'hostName' | 'hostname'): object {
  const disk = vm.systemDisk;
  return withoutEmpty({
    ...briefFields(vm, hostnameField),
    systemDisk: disk && {
      diskCategory: disk.diskCategory,
      deviceName: 'vda',
      status: disk.status,
      ...(disk.diskCategory === 'cloud'
        ? { cloudDisk: { diskId: disk.diskId, diskType: disk.diskType, diskSizeGB: disk.diskSizeGB } }
        : { localDisk: { diskType: disk.diskType, diskSizeGB: disk.diskSizeGB } }),
    },
  });
}

function briefFields(vm: VmState, hostnameField: 'hostName' | 'hostname'): Record<string, unknown> {
  return {
    instanceId: vm.instanceId,
    instanceName: vm.instanceName,
    [hostnameField]: vm.hostname,
    instanceType: vm.instanceType,
    vpcId: vm.vpcId,
    subnetId: vm.subnetId,
    privateIpAddress: vm.privateIpAddress,
    status: vm.status,
    imageId: vm.imageId,
    launchTime: vm.launchTime,
    az: vm.az,
    keyNames: vm.keyNames,
    dedicatedHostId: vm.dedicatedHostId,
    dedicatedPoolId: vm.dedicatedPoolId,
    osType: vm.osType,
    osVersion: vm.osVersion,
    platform: vm.platform,
    architecture: vm.architecture,
    bootMode: vm.bootMode,
  };
}

function networkInterface(vm: VmState): object {
  return {
    autoDelete: true,
    deviceIndex: 1,
    networkInterface: withoutEmpty({
      networkInterfaceId: vm.networkInterfaceId,
      macAddress: vm.macAddress,
      vpcId: vm.vpcId,
      subnetId: vm.subnetId,
      securityGroups: vm.securityGroups,
      primaryIp: withoutEmpty({
        privateIpAddress: vm.privateIpAddress,
        elasticIpId: vm.elasticIpId,
        elasticIpAddress: vm.elasticIpAddress,
      }),
    }),
  };
}

function systemDiskView(vm: VmState, disk: SystemDisk): object {
  const { diskType, diskSizeGB } = disk;
  return {
    diskCategory: disk.diskCategory,
    autoDelete: true,
    deviceName: 'vda',
    status: disk.status,
    ...(disk.diskCategory === 'local'
      ? { localDisk: { diskType, diskSizeGB } }
      : {
          cloudDisk: {
            diskId: disk.diskId,
            az: vm.az,
            name: vm.instanceName,
            diskType,
            diskSizeGB,
            status: 'in-use',
            multiAttachable: false,
            encrypted: disk.encrypted,
            createTime: disk.createTime,
          },
        }),
  };
}

function dataDiskView(vm: VmState, disk: DataDisk): object {
  const { diskCategory, deviceName, diskType, diskSizeGB } = disk;
  return {
    diskCategory,
    autoDelete: false,
    deviceName,
    status: 'attached',
    ...(diskCategory === 'local'
      ? { localDisk: { diskType, diskSizeGB } }
      : { cloudDisk: withoutEmpty({ diskId: disk.diskId, az: vm.az, diskType, diskSizeGB, status: 'in-use' }) }),
  };
}
