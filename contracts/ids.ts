import * as z from 'zod';
import { nearestName } from './input-problems.js';

/** JD Cloud region, for example `cn-north-1`. New regions appear, so only the shape is checked. */
export const RegionId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must look like a JD Cloud region, for example cn-north-1')
  .meta({ description: 'JD Cloud region, for example cn-north-1' });

const RESOURCE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Id of a VM, for example `i-8cjmd27n1s`. JD Cloud documents no strict form; what cannot stand in a URL path or a workflow id is refused. */
export const InstanceId = z
  .string()
  .regex(RESOURCE_ID, 'must be a VM id: letters, digits, dot, underscore and dash, for example i-8cjmd27n1s')
  .meta({ description: 'VM id, for example i-8cjmd27n1s' });

/** Id of an image: `img-` and ten characters, or a plain UUID for old ones. */
export const ImageId = z
  .string()
  .regex(RESOURCE_ID, 'must be an image id: letters, digits, dot, underscore and dash, for example img-m5s0000029')
  .meta({ description: 'Image id, for example img-m5s0000029' });

/** Names one VM in one region. */
export const VmRef = z.strictObject({ regionId: RegionId, instanceId: InstanceId });
export type VmRef = z.output<typeof VmRef>;

/** The VM that something is about, without what else that holds. */
export function vmOf({ regionId, instanceId }: VmRef): VmRef {
  return { regionId, instanceId };
}

/**
 * The workflow id of a VM's rebuild. It is the lock: one open execution per id, whoever starts it.
 * @see docs/decisions/0002-workflow-id-is-the-lock.md
 */
export function rebuildWorkflowId({ regionId, instanceId }: VmRef): string {
  return `rebuild:${regionId}:${instanceId}`;
}

/** Reads a workflow id made by {@link rebuildWorkflowId}; null for any other id. */
export function parseRebuildWorkflowId(workflowId: string): VmRef | null {
  const [kind, regionId, instanceId, ...rest] = workflowId.split(':');
  if (kind !== 'rebuild' || rest.length > 0) return null;
  const vm = VmRef.safeParse({ regionId, instanceId });
  return vm.success ? vm.data : null;
}

/** The workflow id of a dry run. It holds no lock: `unique` keeps two dry runs of one VM apart. */
export function planWorkflowId({ regionId, instanceId }: VmRef, unique: string): string {
  return `plan-rebuild:${regionId}:${instanceId}:${unique}`;
}

/** JD Cloud's public regions, as its documentation and its SDKs list them (read 2026-11). There may be others by now. */
const KNOWN_REGIONS = ['cn-north-1', 'cn-east-1', 'cn-east-2', 'cn-south-1'];

/** What to say of a region that is none of those known, since JD Cloud answers for it as for a VM that is not there; else null. */
export function unknownRegionHint(regionId: string): string | null {
  if (KNOWN_REGIONS.includes(regionId)) return null;
  const nearest = nearestName(regionId, KNOWN_REGIONS);
  const meant = nearest === null ? '' : ` Did you mean ${nearest}?`;
  return `region ${regionId} is none of those known of JD Cloud (${KNOWN_REGIONS.join(', ')}).${meant}`;
}

/** The same, to stand at the end of a sentence that says what was not found in the region; empty for a known one. */
export function unknownRegionNote(regionId: string): string {
  const hint = unknownRegionHint(regionId);
  return hint === null ? '' : `; ${hint.replace(/\.$/, '')}`;
}
