import type { Warning } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { hostnameOf, type Instance } from '../../jdcloud/schemas.js';

/** What a VM looks like beside its system disk: short names and values, so that two of them can be held side by side. */
export type VmProfile = Readonly<Record<string, string>>;

const HOST_NAME = 'host name';
const KEYS = 'keys';

/** Takes from a VM what a rebuild is expected to leave alone. What JD Cloud does not report is left out. */
export function profileOf(instance: Instance): VmProfile {
  const named: Readonly<Record<string, string | null | undefined>> = {
    name: instance.instanceName,
    'instance type': instance.instanceType,
    zone: instance.az,
    subnet: instance.subnetId,
    'private address': instance.privateIpAddress,
    'elastic address': instance.elasticIpAddress,
    'charge mode': instance.charge?.chargeMode,
    'charge on stop': instance.chargeOnStopped,
    [HOST_NAME]: hostnameOf(instance),
    [KEYS]: sorted(instance.keyNames),
  };
  const listed = [...dataDisksOf(instance), ...interfacesOf(instance), ...tagsOf(instance)];
  const entries = [...Object.entries(named), ...listed].flatMap(([name, value]) => (value ? [[name, value]] : []));
  return Object.fromEntries(entries);
}

/** One warning for each thing that is not as it was, save what the request asked to change. */
export function differences(before: VmProfile, after: VmProfile, request: RebuildRequest): Warning[] {
  const expected: VmProfile = {
    ...before,
    ...(request.hostname !== undefined && { [HOST_NAME]: request.hostname }),
    ...(request.keyNames !== undefined && { [KEYS]: sorted(request.keyNames) }),
  };
  const names = [...new Set([...Object.keys(expected), ...Object.keys(after)])];
  return names
    .filter((name) => (expected[name] ?? '') !== (after[name] ?? ''))
    .map((name) => ({
      code: 'settings-changed',
      message: `${name}: expected ${expected[name] ?? 'none'}, is ${after[name] ?? 'none'}.`,
    }));
}

type Entry = readonly [name: string, value: string | null | undefined];

function dataDisksOf({ dataDisks }: Instance): Entry[] {
  return (dataDisks ?? []).map(({ deviceName, diskCategory, cloudDisk }) => [
    `data disk ${deviceName ?? 'without a name'}`,
    cloudDisk?.diskId ?? diskCategory,
  ]);
}

function interfacesOf({ primaryNetworkInterface, secondaryNetworkInterfaces }: Instance): Entry[] {
  return [primaryNetworkInterface, ...(secondaryNetworkInterfaces ?? [])].flatMap((attachment): Entry[] => {
    const port = attachment?.networkInterface;
    if (!port?.networkInterfaceId) return [];
    const groups = (port.securityGroups ?? []).map(({ groupId }) => groupId ?? '');
    return [
      [`network interface ${port.networkInterfaceId}`, port.macAddress || 'attached'],
      [`security groups of ${port.networkInterfaceId}`, sorted(groups)],
    ];
  });
}

function tagsOf({ tags }: Instance): Entry[] {
  return (tags ?? []).map(({ key, value }) => [`tag ${key}`, value || 'without a value']);
}

function sorted(words: readonly string[] | null | undefined): string {
  return (words ?? []).toSorted().join(', ');
}
