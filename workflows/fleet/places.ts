import type { FleetMember } from '../../contracts/fleet/fleet-members.js';

/** Something that several VMs share, and in which not too many of them may be unavailable: a zone, or a value of the policy's tag. */
export interface Place {
  readonly kind: 'zone' | 'group';
  readonly value: string;
}

/** The places that a VM is in. */
export function placesOf({ az, group }: Pick<FleetMember, 'az' | 'group'>): Place[] {
  return [
    ...(az === null ? [] : [{ kind: 'zone', value: az } as const]),
    ...(group === null ? [] : [{ kind: 'group', value: group } as const]),
  ];
}

/** How people read it; no two places share one. */
export function nameOf({ kind, value }: Place): string {
  return `${kind} ${value}`;
}
