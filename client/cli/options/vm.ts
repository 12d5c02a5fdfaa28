import * as z from 'zod';
import { InstanceId, RegionId, type VmRef } from '../../../contracts/ids.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { parseInput } from '../../connection/parse-input.js';
import { type CliDeps, type Env, warnUnknownRegion } from '../io/deps.js';
import { OUTPUTS } from './command-table.js';
import type { OptionRow } from './parse-options.js';

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
  warnUnknownRegion(regionId, deps);
  return regionId;
}

function regionFromEnvironment({ env, io }: CliDeps): string {
  const fromEnv = env['JDCLOUD_REGION'];
  if (!fromEnv) throw new ReimageInvalidInputError('Name the region: --region, or JDCLOUD_REGION.', 'region');
  const regionId = parseInput(z.object({ JDCLOUD_REGION: RegionId }), { JDCLOUD_REGION: fromEnv }).JDCLOUD_REGION;
  io.err(`region ${regionId}, from JDCLOUD_REGION`);
  return regionId;
}

/** Rows that stand for the same in every command that begins a rebuild. */
export const REASON_ROW = {
  value: '<text>',
  help: 'why, kept with the rebuild',
  takes: z.string().optional(),
  field: 'reason',
} satisfies OptionRow;
export const REQUEST_ID_ROW = {
  value: '<id>',
  help: 'your id of this request; makes the command safe to repeat',
  takes: z.string().optional(),
  field: 'requestId',
} satisfies OptionRow;

/** Who asks: as said, or the user of this shell; undefined where neither tells. */
export function whoAsks(said: string | undefined, env: Env): string | undefined {
  return said ?? (env['USER'] || env['LOGNAME'] || undefined);
}

/** The same where it goes on the record of an act that erases. @param option - by which one says it */
export function whoAsksFor(said: string | undefined, env: Env, option: string): string {
  const who = whoAsks(said, env);
  if (who !== undefined) return who;
  throw new ReimageInvalidInputError(`Say who asks: ${option}. USER does not tell.`, option.replace(/^-+/, ''));
}
