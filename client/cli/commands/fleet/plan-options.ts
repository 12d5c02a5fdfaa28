import * as z from 'zod';
import type { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { AskedFleet } from '../../../connection/asked.js';
import { ReimageInvalidInputError } from '../../../connection/errors.js';
import { parseInput } from '../../../connection/parse-input.js';
import { parseFleetFile } from '../../../fleets/fleet-file.js';
import { type CliDeps, warnUnknownRegion } from '../../io/deps.js';
import { textOf } from '../../io/plan-file.js';
import { OUTPUTS } from '../../options/command-table.js';
import { HEALTH_ROWS, healthChecksOf, healthOptionOf } from '../../options/health.js';
import { LOGIN_ROWS } from '../../options/login.js';
import {
  fieldsOf,
  namingOptions,
  optionFor,
  optionNamed,
  type OptionRows,
  shapeOf,
  under,
} from '../../options/parse-options.js';
import { RECOVERY_ROWS, refuseIdleHold } from '../../options/recovery.js';
import { regionOf, whoAsks } from '../../options/vm.js';

/** The options of `reimage fleet plan`, in the order of its help. */
export const FLEET_PLAN_ROWS = {
  name: {
    heading: 'A fleet without a file:',
    value: '<name>',
    help: 'what it is called: small letters, digits and dashes',
    takes: z.string().optional(),
    field: 'name',
  },
  region: { value: '<region>', help: 'JD Cloud region (default: JDCLOUD_REGION)', takes: z.string().optional() },
  ids: {
    value: '<ids>',
    help: 'these VMs: ids with commas between them',
    takes: z.string().optional(),
    field: 'select.instanceIds',
    toField: listOf,
  },
  tag: {
    value: '<key=value>',
    help: 'VMs that bear the tag, KEY alone with any value; may be repeated, all must hold',
    takes: z.array(z.string()).optional(),
    mayRepeat: true,
    field: 'select.tags',
    toField: (words: readonly string[]) => words.map(tagOf),
  },
  vmName: {
    value: '<pattern>',
    help: "VMs whose name is of the pattern, such as 'web-*'",
    takes: z.string().optional(),
    field: 'select.name',
  },
  az: {
    value: '<zones>',
    help: 'VMs of these availability zones, with commas between them',
    takes: z.string().optional(),
    field: 'select.azs',
    toField: listOf,
  },
  excludeIds: {
    value: '<ids>',
    help: 'VMs that are left alone',
    takes: z.string().optional(),
    field: 'exclude.instanceIds',
    toField: listOf,
  },
  allowEmpty: {
    help: 'it is well that no VM is left; else exit code 3',
    takes: z.boolean().optional(),
    field: 'allowEmpty',
  },
  image: { value: '<id>', help: 'image that they are moved to', takes: z.string().optional(), field: 'image.id' },
  imageNewest: {
    value: '<prefix>',
    help: "the newest of the account's own images whose name begins so",
    takes: z.string().optional(),
    field: 'image.newestNamed',
  },
  imageSharedBy: {
    value: '<pins>',
    help: "accounts whose shared images count too for --image-newest; '*' for any",
    takes: z.string().optional(),
    field: 'image.sharedBy',
    isAddition: true,
    toField: listOf,
  },
  canary: {
    value: '<amount>',
    help: 'size of the first wave, or a percentage; 0 for none (default: 1)',
    takes: z.string().optional(),
    field: 'rollout.canary',
    toField: amountOf,
  },
  waves: {
    value: '<amounts>',
    help: 'sizes of the waves after it, the last repeats, such as 10%,50% (default: 100%)',
    takes: z.string().optional(),
    field: 'rollout.waves',
    toField: (words: string) => listOf(words).map(amountOf),
  },
  maxUnavailable: {
    value: '<amount>',
    help: 'VMs that may be down at a time (default: 10%)',
    takes: z.string().optional(),
    field: 'rollout.maxUnavailable.fleet',
    toField: amountOf,
  },
  ...under('rebuild', LOGIN_ROWS),
  ...under('rebuild', RECOVERY_ROWS),
  ...under('rebuild', HEALTH_ROWS),
  requestedBy: {
    heading: 'Options:',
    alias: '--by',
    value: '<name>',
    help: 'who asks (default: what the file says, else USER)',
    takes: z.string().optional(),
    field: 'requestedBy',
  },
  reason: { value: '<text>', help: 'why, kept with the fleet', takes: z.string().optional(), field: 'reason' },
  save: { value: '<file>', help: 'write the plan into a new file', takes: z.string().optional() },
} satisfies OptionRows;

/** What stands on the command line of `fleet plan`. */
export const FleetPlanOptions = z.strictObject({
  file: z.string().optional(),
  output: z.enum(OUTPUTS),
  ...shapeOf(FLEET_PLAN_ROWS),
});
export type FleetPlanOptions = z.output<typeof FleetPlanOptions>;

/** Options that go with a file; all others are what it says itself. */
const BESIDE_A_FILE = ['file', 'requestedBy', 'reason', 'save', 'output'];
/** What options are where nobody wrote them. */
const UNWRITTEN: Readonly<Record<string, unknown>> = { backup: 'none', onFailure: 'leave' };

/**
 * The fleet that a file or the options describe, checked before anything is asked of anybody.
 * @throws ReimageInvalidInputError naming line and field, or the option
 */
export async function fleetSpecOf(options: FleetPlanOptions, deps: CliDeps): Promise<FleetSpec> {
  const { file, requestedBy, reason } = options;
  const asker = whoAsks(requestedBy, deps.env);
  if (file === undefined) return parseWritten({ ...(await writtenIn(options, deps)), requestedBy: asker }, options);
  refuseOthers(options);
  const spec = parseFleetFile(await textOf(file, deps.io), file);
  warnUnknownRegion(spec.regionId, deps);
  return parseInput(AskedFleet, {
    ...spec,
    requestedBy: requestedBy ?? spec.requestedBy ?? asker,
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
  refuseIdleHold(options);
  const { rebuild, ...fields } = await fieldsOf(FLEET_PLAN_ROWS, options, deps);
  const healthChecks = await healthChecksOf(options, deps);
  return {
    select: {},
    image: {},
    ...fields,
    regionId: regionOf(options, deps),
    rebuild: { ...Object(rebuild), healthChecks },
  };
}

function listOf(words: string): string[] {
  return words.split(',').map((word) => word.trim());
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
  const [, second = '', ...rest] = field.split('.');
  if (second === 'healthChecks') return healthOptionOf([second, ...rest].join('.'), options);
  return optionFor(FLEET_PLAN_ROWS, field);
}

/** JSON knows no undefined, and so leaves out what was not written. */
function asJson(written: object): unknown {
  return JSON.parse(JSON.stringify(written));
}
