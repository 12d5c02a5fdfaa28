import { type HealthCheck, PLACEHOLDERS } from '../health-check.js';
import { parseSecretRef, parseSinkRef } from '../secret-ref.js';
import type { RebuildTemplate } from './fleet-spec.js';

/** A value of a fleet's template that is meant for one VM, and would be that of all. The message ends a sentence. */
export interface OneVmValue {
  /** Within the template. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is known of a VM of the fleet. */
export interface NamedVm {
  readonly instanceId: string;
  readonly name: string | null;
}

/**
 * The values of a template that only one VM may have: with more they overwrite one another's password, answer to one
 * name, or judge by the health of one what happens to all.
 * @param vms - of the fleet, where they are known: metadata may name one of them
 */
export function oneVmValues(template: RebuildTemplate, vms: readonly NamedVm[] = []): OneVmValue[] {
  return [...passwordFile(template), ...hostname(template), ...healthHosts(template), ...metadata(template, vms)];
}

function passwordFile({ passwordRef }: RebuildTemplate): OneVmValue[] {
  if (passwordRef === undefined) return [];
  const { scheme, target } = parseSecretRef(passwordRef);
  if (scheme !== 'generate') return [];
  const { sink, target: path } = parseSinkRef(target);
  // A command is told the VM in its variables.
  if (sink !== 'file' || path.includes('{instanceId}')) return [];
  const message = 'names one file for the passwords of all, each of which would take the place of the one before';
  return [{ path: ['passwordRef'], message: `${message}: put {instanceId} into its path` }];
}

function hostname({ hostname: name }: RebuildTemplate): OneVmValue[] {
  if (name === undefined) return [];
  return [{ path: ['hostname'], message: 'would be the name of all of them: leave it out, and each keeps its own' }];
}

function healthHosts({ healthChecks }: RebuildTemplate): OneVmValue[] {
  return healthChecks.flatMap((check, index): OneVmValue[] => {
    const key = ADDRESS[check.kind];
    if (key === null || namesItsVm(check)) return [];
    const message = `asks the same address for all of them, whichever is rebuilt: name the VM by ${NAMED_BY}`;
    return [{ path: ['healthChecks', index, key], message }];
  });
}

/** The field of a check that says where it looks. Programs are told the VM in their variables. */
const ADDRESS = { tcp: 'host', http: 'url', exec: null } as const;
const NAMED_BY = PLACEHOLDERS.map((name) => `{${name}}`).join(', ');

function namesItsVm(check: HealthCheck): boolean {
  if (check.kind === 'exec') return true;
  const address = check.kind === 'tcp' ? check.host : check.url;
  return PLACEHOLDERS.some((name) => address.includes(`{${name}}`));
}

/** Keys of metadata by which people tell one VM from another, without case and dashes. */
const OWN_KEYS = [
  'hostname',
  'localhostname',
  'fqdn',
  'nodename',
  'instanceid',
  'vmid',
  'ip',
  'ipaddress',
  'privateip',
];

function metadata({ metadata: pairs = [] }: RebuildTemplate, vms: readonly NamedVm[]): OneVmValue[] {
  return pairs.flatMap(({ key, value }, index): OneVmValue[] => {
    const bare = key.toLowerCase().replaceAll(/[-_.]/g, '');
    if (OWN_KEYS.includes(bare)) {
      return [
        { path: ['metadata', index, 'key'], message: `is what tells one VM from another, and all would have the same` },
      ];
    }
    const named = vms.find(({ instanceId, name }) => value === instanceId || (value !== '' && value === name));
    if (named === undefined) return [];
    return [
      { path: ['metadata', index, 'value'], message: `names ${named.instanceId} alone, and would be given to all` },
    ];
  });
}
