import { image, keypair, region, vm } from './builders.js';
import { derivedId } from './region/resource-ids.js';
import type { ImageState, RegionState, VmOverrides, VmState } from './region-state.js';

const UBUNTU_22 = derivedId('img', 'ubuntu-22.04');
const UBUNTU_24 = derivedId('img', 'ubuntu-24.04');
const UBUNTU_LOCAL = derivedId('img', 'ubuntu-22.04-local');
const UBUNTU_ARM = derivedId('img', 'ubuntu-22.04-arm64');
const CENTOS = derivedId('img', 'centos-7.9');
const WINDOWS = derivedId('img', 'windows-2022');
const GOLDEN = derivedId('img', 'shop-golden');
const GPU_TYPE = 'p.n1p40.large';

/** A region cn-north-1 with the machines of a small shop, images and keys. The ids are the same at each start. */
export function defaultState(): RegionState {
  return region({
    vms: vms(),
    images: images(),
    keypairs: [keypair('ops'), keypair('deploy'), keypair('break-glass')],
  });
}

function images(): ImageState[] {
  const official = { imageSource: 'public', launchPermission: 'all', createTime: '2026-02-01 10:00:00' } as const;
  const noGpu = { constraintsType: 'excludes' as const, instanceTypes: [GPU_TYPE] };
  return [
    image(UBUNTU_22, { ...official, name: 'Ubuntu 22.04 64bit', constraints: noGpu }),
    image(UBUNTU_24, { ...official, name: 'Ubuntu 24.04 64bit', osVersion: '24.04', constraints: noGpu }),
    image(UBUNTU_LOCAL, { ...official, name: 'Ubuntu 22.04 64bit local', rootDeviceType: 'localDisk' }),
    image(UBUNTU_ARM, { ...official, name: 'Ubuntu 22.04 arm64', architecture: 'arm64', bootMode: 'uefi' }),
    image(CENTOS, { ...official, name: 'CentOS 7.9 64bit', platform: 'CentOS', osVersion: '7.9', offline: true }),
    image(WINDOWS, { ...official, name: 'Windows Server 2022', osType: 'windows', systemDiskSizeGB: 60 }),
    image(GOLDEN, { name: 'shop-golden-2026-10', desc: 'Ubuntu 22.04 with agents', createTime: '2026-10-04 02:00:00' }),
  ];
}

function vms(): VmState[] {
  const local = { deviceName: 'vdb', diskCategory: 'local', diskId: null, diskType: 'ssd', diskSizeGB: 500 } as const;
  const arm = { imageId: UBUNTU_ARM, architecture: 'arm64', bootMode: 'uefi' };
  const windows = { osType: 'windows', platform: 'Windows Server', osVersion: '2022' } as const;
  const centos = { imageId: CENTOS, platform: 'CentOS', osVersion: '7.9' };
  return [
    machine('web-1', 'running', {
      elasticIpId: derivedId('fip', 'web-1'),
      elasticIpAddress: '203.0.113.11',
      keyNames: ['ops'],
      metadata: [{ key: 'role', value: 'web' }],
    }),
    machine('web-2', 'running', { az: 'cn-north-1b', keyNames: ['ops'] }),
    machine('web-3', 'running', { az: 'cn-north-1c', keyNames: ['ops'] }),
    machine('web-4', 'stopped', { keyNames: ['ops'] }),
    machine('api-1', 'running', { imageId: GOLDEN, instanceType: 'g.n2.xlarge', keyNames: ['deploy'] }),
    machine('api-2', 'running', { imageId: GOLDEN, instanceType: 'g.n2.xlarge', keyNames: ['deploy'] }),
    machine('batch-1', 'running', { chargeOnStopped: 'stopCharging', instanceType: 'i.n1.large', dataDisks: [local] }),
    machine('cache-1', 'running', { imageId: UBUNTU_LOCAL, systemDisk: { diskCategory: 'local', diskType: 'ssd' } }),
    machine('arm-1', 'running', { ...arm, instanceType: 'g.a1.large' }),
    machine('office-1', 'running', { ...windows, imageId: WINDOWS, systemDisk: { diskSizeGB: 80 } }),
    machine('legacy-1', 'stopped', centos),
    machine('ml-1', 'running', { imageId: GOLDEN, instanceType: GPU_TYPE }),
    machine('lost-1', 'error', {}),
  ];
}

function machine(name: string, status: string, overrides: VmOverrides): VmState {
  const [group = name] = name.split('-');
  const usual = { instanceName: name, hostname: name, imageId: UBUNTU_22, tags: [{ key: 'group', value: group }] };
  return vm(derivedId('i', name), status, { ...usual, ...overrides });
}
