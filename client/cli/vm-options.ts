import * as z from 'zod';
import { InstanceId, RegionId, type VmRef } from '../../contracts/ids.js';
import { tellUnknownRegion } from './tell-unknown-region.js';
import { parseInput } from '../parse-input.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';
import type { CliDeps } from './cli-deps.js';
import { OUTPUTS } from './output-option.js';

/** Options that every command about one VM has. */
export const VmOptions = z.strictObject({
  instance: InstanceId,
  region: RegionId.optional(),
  output: z.enum(OUTPUTS),
  detach: z.boolean().optional(),
});
export type VmOptions = z.output<typeof VmOptions>;

/** Which VM is meant. A region that was not written comes from the environment, and that is said. */
export function vmOf({ instance, region }: Pick<VmOptions, 'instance' | 'region'>, deps: CliDeps): VmRef {
  return { regionId: regionOf({ region }, deps), instanceId: instance };
}

/** Which region is meant: as written, or from the environment, and then that is said; so is one that nobody knows. */
export function regionOf({ region }: { readonly region?: string | undefined }, deps: CliDeps): string {
  const regionId = region ?? regionFromEnvironment(deps);
  tellUnknownRegion(regionId, deps);
  return regionId;
}

function regionFromEnvironment({ env, io }: CliDeps): string {
  const fromEnv = env['JDCLOUD_REGION'];
  if (!fromEnv) throw new ReimageInvalidInputError('Name the region: --region, or JDCLOUD_REGION.', 'region');
  const regionId = parseInput(z.object({ JDCLOUD_REGION: RegionId }), { JDCLOUD_REGION: fromEnv }).JDCLOUD_REGION;
  io.err(`region ${regionId}, from JDCLOUD_REGION`);
  return regionId;
}
