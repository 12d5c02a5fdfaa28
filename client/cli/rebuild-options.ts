import * as z from 'zod';
import type { VmRef } from '../../contracts/ids.js';
import { readLaunchScript } from '../../contracts/launch-script.js';
import { Deadlines, RebuildRequest } from '../../contracts/rebuild-request.js';
import { AskedRebuild } from '../asked.js';
import { parseInput } from '../parse-input.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';
import { withoutUndefined } from '../without-undefined.js';
import type { CliDeps, Io } from './cli-deps.js';
import { healthChecksOf, healthOptionOf, HealthOptions } from './health-options.js';
import { firstWordOf, namingOptions } from './naming-options.js';
import { VmOptions } from './vm-options.js';
import { whoAsks } from './who-asks.js';
import { wayBackFieldsOf, WayBackOptions } from './way-back-options.js';

const PAIR = /^([^=]+)=(.*)$/s;
const DEADLINE = /^([\w-]+)=(\d+)$/;

/** What stands on the command line of `rebuild`. */
export const RebuildOptions = VmOptions.extend({
  image: z.string().optional(),
  key: z.string().optional(),
  passwordFrom: z.string().optional(),
  imageInherit: z.boolean().optional(),
  hostname: z.string().optional(),
  metadata: z.array(z.string().regex(PAIR, 'must be KEY=VALUE')).optional(),
  userData: z.string().optional(),
  power: RebuildRequest.shape.power,
  deadline: z.array(z.string().regex(DEADLINE, 'must be PHASE=SECONDS, for example rebuilding=7200')).optional(),
  requestId: z.string().optional(),
  requestedBy: z.string().optional(),
  reason: z.string().optional(),
  overrideProtection: z.string().optional(),
  dryRun: z.boolean().optional(),
  yes: z.boolean().optional(),
  ...WayBackOptions.shape,
  ...HealthOptions.shape,
});
export type RebuildOptions = z.output<typeof RebuildOptions>;

/** The option behind each field, so that an error names what the person wrote. */
const OPTION_OF: Readonly<Record<string, string>> = {
  instanceId: '<instance>',
  imageId: '--image',
  keyNames: '--key',
  passwordRef: '--password-from, --key or --image-inherit',
  userdata: '--user-data',
  deadlines: '--deadline',
  overrideProtection: '--override-protection',
  backupDataDisks: '--backup-data-disks',
  keepBackups: '--keep-backups',
  requireHealthyBefore: '--require-healthy-before',
  'hold.deadlineSeconds': '--hold-for',
};

/**
 * The request that the options stand for, checked as the library would, before anything is asked of anybody.
 * @throws ReimageInvalidInputError naming the option
 */
export async function requestOf(options: RebuildOptions, vm: VmRef, { env, io }: CliDeps): Promise<RebuildRequest> {
  const { image, key, imageInherit, metadata, userData } = options;
  const written = {
    ...vm,
    imageId: image,
    keyNames: key && [key],
    passwordRef: options.passwordFrom,
    imageInherit: imageInherit && 'yes',
    hostname: options.hostname,
    metadata: metadata?.map(pairOf),
    userdata: userData && [await launchScript(userData, io)],
    power: options.power,
    deadlines: deadlinesOf(options.deadline ?? []),
    requestId: options.requestId,
    requestedBy: whoAsks(options.requestedBy, env),
    reason: options.reason,
    overrideProtection: options.overrideProtection,
    ...wayBackFieldsOf(options),
    healthChecks: await healthChecksOf(options, io),
    requireHealthyBefore: options.requireHealthyBefore,
  };
  return namingOptions(
    () => parseInput(AskedRebuild, withoutUndefined(written)),
    (field) => optionBehind(field, options),
  );
}

function optionBehind(field: string, options: RebuildOptions): string | undefined {
  const name = firstWordOf(field);
  return name === 'healthChecks' ? healthOptionOf(field, options) : (OPTION_OF[field] ?? OPTION_OF[name]);
}

function deadlinesOf(words: readonly string[]): Partial<Deadlines> {
  const deadlines: Record<string, number> = {};
  for (const word of words) {
    const [, phase = '', seconds = ''] = DEADLINE.exec(word) ?? [];
    deadlines[`${phase === 'backing-up' ? 'backingUp' : phase}Seconds`] = Number(seconds);
  }
  const unknown = Object.keys(deadlines).find((name) => !(name in Deadlines.shape));
  if (unknown === undefined) return deadlines;
  const phases = Object.keys(Deadlines.shape).map((name) => name.replace(/Seconds$/, ''));
  const message = `--deadline: no such phase as ${unknown.replace(/Seconds$/, '')}; there are ${phases.join(', ')}`;
  throw new ReimageInvalidInputError(message, 'deadline');
}

function pairOf(word: string): { key: string; value: string } {
  const [, key = '', value = ''] = PAIR.exec(word) ?? [];
  return { key, value };
}

/** The script is sent as it stands in the file. Judged here, so that an error names the file. */
async function launchScript(path: string, io: Io): Promise<{ key: 'launch-script'; value: string }> {
  let value: string;
  try {
    value = Buffer.from(await io.readFile(path)).toString('base64');
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ReimageInvalidInputError(`--user-data: ${said}`, 'userData');
  }
  const script = readLaunchScript(value);
  if (!('problem' in script)) return { key: 'launch-script', value };
  throw new ReimageInvalidInputError(`--user-data: ${path} ${script.problem}`, 'userData');
}
