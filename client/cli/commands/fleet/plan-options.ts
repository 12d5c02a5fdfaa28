import * as z from 'zod';
import type { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { AskedFleet } from '../../../connection/asked.js';
import { ReimageInvalidInputError } from '../../../connection/errors.js';
import { parseInput } from '../../../connection/parse-input.js';
import { parseFleetFile } from '../../../fleets/fleet-file.js';
import type { CliDeps } from '../../io/deps.js';
import { textOf } from '../../io/plan-file.js';
import { warnUnknownRegion } from '../../io/tell-unknown-region.js';
import { OUTPUTS } from '../../options/command-table.js';
import { healthChecksOf, healthOptionOf, HealthOptions } from '../../options/health.js';
import { namingOptions, optionNamed } from '../../options/parse-options.js';
import { wayBackFieldsOf, WayBackOptions } from '../../options/recovery.js';
import { regionOf, whoAsks } from '../../options/vm.js';

/** What stands on the command line of `fleet plan`. */
export const FleetPlanOptions = z.strictObject({
  file: z.string().optional(),
  name: z.string().optional(),
  region: z.string().optional(),
  ids: z.string().optional(),
  tag: z.array(z.string()).optional(),
  vmName: z.string().optional(),
  az: z.string().optional(),
  excludeIds: z.string().optional(),
  allowEmpty: z.boolean().optional(),
  image: z.string().optional(),
  imageNewest: z.string().optional(),
  imageSharedBy: z.string().optional(),
  key: z.string().optional(),
  passwordFrom: z.string().optional(),
  imageInherit: z.boolean().optional(),
  canary: z.string().optional(),
  waves: z.string().optional(),
  maxUnavailable: z.string().optional(),
  requestedBy: z.string().optional(),
  reason: z.string().optional(),
  save: z.string().optional(),
  output: z.enum(OUTPUTS),
  ...WayBackOptions.shape,
  ...HealthOptions.shape,
});
export type FleetPlanOptions = z.output<typeof FleetPlanOptions>;

/** Options that go with a file; all others are what it says itself. */
const BESIDE_A_FILE = ['file', 'requestedBy', 'reason', 'save', 'output'];
/** What options are where nobody wrote them. */
const UNWRITTEN: Readonly<Record<string, unknown>> = { backup: 'none', onFailure: 'leave' };

/** The option behind each field, so that an error names what the person wrote. */
const OPTION_OF: Readonly<Record<string, string>> = {
  name: '--name',
  'select.instanceIds': '--ids',
  'select.tags': '--tag',
  'select.name': '--vm-name',
  'select.azs': '--az',
  select: '--ids, --tag, --vm-name or --az',
  exclude: '--exclude-ids',
  'image.sharedBy': '--image-shared-by',
  image: '--image or --image-newest',
  'rollout.canary': '--canary',
  'rollout.waves': '--waves',
  'rollout.maxUnavailable': '--max-unavailable',
  'rebuild.passwordRef': '--password-from, --key or --image-inherit',
  'rebuild.keepBackups': '--keep-backups',
  'rebuild.backupDataDisks': '--backup-data-disks',
  'rebuild.requireHealthyBefore': '--require-healthy-before',
  'rebuild.hold': '--hold-for',
};

/**
 * The fleet that a file or the options describe, checked before anything is asked of anybody.
 * @throws ReimageInvalidInputError naming line and field, or the option
 */
export async function fleetSpecOf(options: FleetPlanOptions, deps: CliDeps): Promise<FleetSpec> {
  const { file, requestedBy, reason } = options;
  const record = { requestedBy: whoAsks(requestedBy, deps.env), reason };
  if (file === undefined) return parseWritten({ ...(await writtenIn(options, deps)), ...record }, options);
  refuseOthers(options);
  const spec = parseFleetFile(await textOf(file, deps.io), file);
  warnUnknownRegion(spec.regionId, deps);
  return parseInput(AskedFleet, {
    ...spec,
    requestedBy: requestedBy ?? spec.requestedBy ?? record.requestedBy,
    reason: reason ?? spec.reason,
  });
}

function refuseOthers(options: FleetPlanOptions): void {
  const other = Object.entries(options).find(
    ([name, value]) => value !== undefined && !BESIDE_A_FILE.includes(name) && UNWRITTEN[name] !== value,
  );
  if (other === undefined) return;
  throw new ReimageInvalidInputError(
    `${optionNamed(other[0])} is for a fleet without a file: write it into ${options.file}.`,
    other[0],
  );
}

async function writtenIn(options: FleetPlanOptions, deps: CliDeps): Promise<object> {
  const { ids, tag, vmName, az, excludeIds, image, imageNewest, imageSharedBy, canary, waves, maxUnavailable } =
    options;
  return {
    name: options.name,
    regionId: regionOf(options, deps),
    select: { instanceIds: listOf(ids), tags: tag?.map(tagOf), name: vmName, azs: listOf(az) },
    exclude: excludeIds && { instanceIds: listOf(excludeIds) },
    allowEmpty: options.allowEmpty,
    image: { id: image, newestNamed: imageNewest, sharedBy: listOf(imageSharedBy) },
    rebuild: {
      keyNames: options.key && [options.key],
      passwordRef: options.passwordFrom,
      imageInherit: options.imageInherit && 'yes',
      ...wayBackFieldsOf(options),
      healthChecks: await healthChecksOf(options, deps.io),
      requireHealthyBefore: options.requireHealthyBefore,
    },
    rollout: {
      canary: canary && amountOf(canary),
      waves: listOf(waves)?.map(amountOf),
      maxUnavailable: maxUnavailable && { fleet: amountOf(maxUnavailable) },
    },
  };
}

function listOf(words: string | undefined): string[] | undefined {
  return words?.split(',').map((word) => word.trim());
}

function tagOf(word: string): { key: string; values?: string[] } {
  const [key = '', ...value] = word.split('=');
  return value.length === 0 ? { key } : { key, values: [value.join('=')] };
}

/** A whole number where it is one; what else it may be the contract knows. */
function amountOf(word: string): number | string {
  return /^\d{1,6}$/.test(word) ? Number(word) : word;
}

function parseWritten(written: object, options: FleetPlanOptions): FleetSpec {
  return namingOptions(
    () => parseInput(AskedFleet, asJson(written)),
    (field) => optionBehind(field, options),
  );
}

function optionBehind(field: string, options: FleetPlanOptions): string | undefined {
  const [first = '', second = '', ...rest] = field.split('.');
  if (second === 'healthChecks') return healthOptionOf([second, ...rest].join('.'), options);
  return OPTION_OF[`${first}.${second}`] ?? OPTION_OF[first];
}

/** JSON knows no undefined, and so leaves out what was not written. */
function asJson(written: object): unknown {
  return JSON.parse(JSON.stringify(written));
}
