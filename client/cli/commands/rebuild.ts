import type { Command } from 'commander';
import * as z from 'zod';
import { RegionId, type VmRef } from '../../../contracts/ids.js';
import { readLaunchScript } from '../../../contracts/launch-script.js';
import type { RebuildPlan } from '../../../contracts/rebuild-plan.js';
import { Deadlines, POWER, RebuildRequest } from '../../../contracts/rebuild-request.js';
import { fileProblem } from '../../../contracts/utf8-text.js';
import { AskedRebuild } from '../../connection/asked.js';
import { ReimageInvalidInputError, ReimageNotFoundError } from '../../connection/errors.js';
import { parseInput, withoutUndefined } from '../../connection/parse-input.js';
import type { Operation } from '../../rebuilds/operation.js';
import { busyWith } from '../../rebuilds/start.js';
import type { CliClient, CliDeps, Io } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { confirm, requireConfirmer } from '../io/terminal.js';
import { outputOption, type Parsing } from '../options/command-table.js';
import { HEALTH_ROWS, healthChecksOf, healthOptionOf } from '../options/health.js';
import { LOGIN_ROWS } from '../options/login.js';
import {
  addOptions,
  cliCommand,
  fieldsOf,
  firstWordOf,
  namingOptions,
  optionFor,
  type OptionRows,
  shapeOf,
} from '../options/parse-options.js';
import { RECOVERY_ROWS, refuseIdleHold } from '../options/recovery.js';
import { REASON_ROW, REQUEST_ID_ROW, vmOf, VmOptions, whoAsks } from '../options/vm.js';
import { planThatFits, renderSteps } from '../render/plan.js';
import { showingLoss } from '../render/recovery.js';
import { reportStarted } from './live-display.js';

const PHASES = Object.keys(Deadlines.shape).map((name) => name.replace(/Seconds$/, ''));

const MORE = `
What is erased is shown first; on a terminal it must be confirmed by typing the VM id.
Without --image the VM gets the image it has now. One way to log in afterwards is needed:
--key, --password-from or --image-inherit.

With --on-failure hold the VM stays locked until \`reimage decide\` says what is done, or the deadline does.
{privateIp}, {elasticIp} and {instanceId} in a check stand for those of the VM.
Phases for --deadline: ${PHASES.join(', ')}.
The same --request-id never starts a second rebuild: it follows the first, or shows its result.

Examples:
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --image img-m5s0000029 --key ops
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --password-from env:NEW_PASSWORD --dry-run
  $ reimage rebuild i-8cjmd27n1s --key ops --backup image --keep-backups 3 --health tcp:22 --on-failure rollback
  $ reimage rebuild i-8cjmd27n1s --image-inherit --deadline rebuilding=7200 --yes --output json`;

const PAIR = /^([^=]+)=(.*)$/s;
const DEADLINE = /^([\w-]+)=(\d+)$/;

/** The options of `reimage rebuild`, in the order of its help. */
const ROWS = {
  region: {
    heading: 'What is put on it:',
    value: '<region>',
    help: 'JD Cloud region (default: JDCLOUD_REGION)',
    takes: RegionId.optional(),
  },
  image: {
    value: '<id>',
    help: 'image to put on (default: the one the VM has)',
    takes: z.string().optional(),
    field: 'imageId',
  },
  ...LOGIN_ROWS,
  hostname: { value: '<name>', help: 'new host name', takes: z.string().optional(), field: 'hostname' },
  metadata: {
    value: '<key=value>',
    help: 'metadata pair to set; may be repeated',
    takes: z.array(z.string().regex(PAIR, 'must be KEY=VALUE')).optional(),
    mayRepeat: true,
    field: 'metadata',
    toField: (words: readonly string[]) => words.map(pairOf),
  },
  userData: {
    value: '<file>',
    help: 'launch script to run on first boot',
    takes: z.string().optional(),
    field: 'userdata',
    toField: async (path: string, { io }: CliDeps) => [await launchScript(path, io)],
  },
  power: {
    value: '<state>',
    help: 'power state afterwards',
    takes: RebuildRequest.shape.power,
    choices: POWER,
    default: 'as-was',
    field: 'power',
  },
  ...RECOVERY_ROWS,
  ...HEALTH_ROWS,
  requestedBy: {
    heading: 'On the record:',
    alias: '--by',
    value: '<name>',
    help: 'who asks, shown to whoever is refused (default: USER)',
    takes: z.string().optional(),
    field: 'requestedBy',
  },
  reason: REASON_ROW,
  requestId: REQUEST_ID_ROW,
  overrideProtection: {
    value: '<reason>',
    help: 'rebuild a VM that is tagged reimage-protected, and say why',
    takes: z.string().optional(),
    field: 'overrideProtection',
  },
  deadline: {
    heading: 'Options:',
    value: '<phase=seconds>',
    help: 'seconds a phase may take; may be repeated',
    takes: z.array(z.string().regex(DEADLINE, 'must be PHASE=SECONDS, for example rebuilding=7200')).optional(),
    mayRepeat: true,
    field: 'deadlines',
    toField: deadlinesOf,
  },
  dryRun: { help: 'validate and show the steps; touch nothing', takes: z.boolean().optional() },
  detach: { help: 'return once it is started', takes: z.boolean().optional() },
  yes: { help: 'do not ask for confirmation', takes: z.boolean().optional() },
} satisfies OptionRows;

/** What stands on the command line of `rebuild`. */
export const RebuildOptions = VmOptions.extend(shapeOf(ROWS));
export type RebuildOptions = z.output<typeof RebuildOptions>;

/** Defines `reimage rebuild`. */
export function defineRebuild(command: Command, { dispatch }: Parsing): void {
  command.argument('<instance>', 'VM id, for example i-8cjmd27n1s');
  addOptions(command, ROWS)
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((instance: string, options: object) =>
      dispatch(cliCommand('rebuild', RebuildOptions, runRebuild), { instance, ...options }),
    );
}

/**
 * The request that the options stand for, checked as the library would, before anything is asked of anybody.
 * @throws ReimageInvalidInputError naming the option
 */
export async function requestOf(options: RebuildOptions, vm: VmRef, deps: CliDeps): Promise<RebuildRequest> {
  refuseIdleHold(options);
  const written = {
    ...vm,
    ...(await fieldsOf(ROWS, options, deps)),
    requestedBy: whoAsks(options.requestedBy, deps.env),
    healthChecks: await healthChecksOf(options, deps),
  };
  return namingOptions(
    () => parseInput(AskedRebuild, withoutUndefined(written)),
    (field) => (firstWordOf(field) === 'healthChecks' ? healthOptionOf(field, options) : optionFor(ROWS, field)),
  );
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
    throw new ReimageInvalidInputError(`--user-data: ${path} ${fileProblem(error)}`, 'userData');
  }
  const script = readLaunchScript(value);
  if (!('problem' in script)) return { key: 'launch-script', value };
  throw new ReimageInvalidInputError(`--user-data: ${path} ${script.problem}`, 'userData');
}

const ERASE = 'erase its system disk';

/** Plans, shows what is erased, asks, starts, follows. Nothing starts before every question is answered. @throws ReimageError */
export async function runRebuild(options: RebuildOptions, deps: CliDeps): Promise<number> {
  const vm = vmOf(options, deps);
  const request = await requestOf(options, vm, deps);
  const mustAsk = options.yes !== true && options.dryRun !== true;
  if (mustAsk) requireConfirmer(deps, ', or --dry-run to look first');
  await using client = await deps.connect();
  const known = await knownOperation(client, vm, request);
  if (known !== null && options.dryRun !== true) return await reportStarted(client, known, options, deps);

  const show = showingLoss(deps.io, options.dryRun === true && options.output === 'text' ? 'out' : 'err');
  const plan = await planThatFits(client, request, show, deps);
  if (options.dryRun === true) return reportPlan(plan, options, deps);
  if (mustAsk) await confirm(plan.instanceId, ERASE, deps);
  return await reportStarted(client, await client.start(request), options, deps);
}

/**
 * The operation that this very request has started before.
 * @throws ReimageBusyError when another is under way · ReimageError `RequestIdReused`
 */
async function knownOperation(client: CliClient, vm: VmRef, request: RebuildRequest): Promise<Operation | null> {
  const { requestId } = request;
  const known = requestId === undefined ? null : await client.findByRequestId(vm, requestId, { rebuild: request });
  if (known !== null) return known;
  try {
    const latest = await client.get(vm);
    if (latest.status !== 'running') return null;
    throw busyWith(latest);
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}

function reportPlan(plan: RebuildPlan, { output }: RebuildOptions, { io }: CliDeps): number {
  if (output === 'json') io.out(JSON.stringify(plan));
  else for (const line of [...renderSteps(plan), 'Dry run: nothing was touched.']) io.out(line);
  return OK;
}
