import type { Command } from 'commander';
import * as z from 'zod';
import { ROLLBACK_SOURCES } from '../../../contracts/decision.js';
import { RegionId, type VmRef } from '../../../contracts/ids.js';
import type { RebuildPlan } from '../../../contracts/rebuild-plan.js';
import { ReimageError, toReimageError } from '../../connection/errors.js';
import { parseInput } from '../../connection/parse-input.js';
import { type NewRollback, RollbackOptions, type RollbackPlan } from '../../rebuilds/plan-rollback.js';
import type { ShownRollback } from '../../rebuilds/rollback.js';
import type { CliClient, CliDeps, Io } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { beforeBegun, confirm, requireConfirmer } from '../io/terminal.js';
import { outputOption, type Parsing } from '../options/command-table.js';
import { LOGIN_ROWS } from '../options/login.js';
import {
  addOptions,
  cliCommand,
  fieldsOf,
  namingOptions,
  optionFor,
  type OptionRows,
  rethrowNaming,
  shapeOf,
} from '../options/parse-options.js';
import { REASON_ROW, REQUEST_ID_ROW, vmOf, VmOptions, whoAsksFor } from '../options/vm.js';
import { planThatFits, renderSteps } from '../render/plan.js';
import { renderRollback, showingLoss } from '../render/recovery.js';
import { reportStarted } from './live-display.js';

const MORE = `
A rebuild that is held is told to roll back. After one that has ended a new rebuild is started, onto the
backup of the last one, or where there is none onto the image that the VM had before: then all that was on
the system disk is lost. It is checked by the health checks of the last one, and left as it is when it fails.

What is erased is shown first; on a terminal it must be confirmed by typing the VM id.
Only the image that the last rebuild put on is erased: with another one on it somebody has changed the VM
since, and it is refused unless --from-image names that image.

A backup holds its own login; a former image gets the login that the last rebuild was asked with, unless
another is said. Exit codes as for rebuild; 6 when there is nothing to roll back.

Examples:
  $ reimage rollback i-8cjmd27n1s --region cn-north-1 --reason "ticket 4711"
  $ reimage rollback i-8cjmd27n1s --dry-run
  $ reimage rollback i-8cjmd27n1s --to former-image --key ops --yes --output json
  $ reimage rollback i-8cjmd27n1s --from-image img-w1q0000031`;

/** The options of `reimage rollback`, in the order of its help. */
const ROWS = {
  region: { value: '<region>', help: 'JD Cloud region (default: JDCLOUD_REGION)', takes: RegionId.optional() },
  to: {
    value: '<what>',
    help: 'only this (default: the backup, else the former image)',
    takes: z.enum(ROLLBACK_SOURCES).optional(),
    choices: ROLLBACK_SOURCES,
    field: 'to',
  },
  image: {
    value: '<id>',
    help: 'this image, whatever the last rebuild was',
    takes: z.string().optional(),
    conflicts: 'to',
    field: 'imageId',
  },
  fromImage: {
    value: '<id>',
    help: 'the image that the VM has now and may lose (default: what the last rebuild put on)',
    takes: z.string().optional(),
    field: 'fromImageId',
  },
  ...LOGIN_ROWS,
  // The login of the last rebuild is the default: none has to be given.
  passwordFrom: { ...LOGIN_ROWS.passwordFrom, from: '--password-from' },
  reason: REASON_ROW,
  requestedBy: {
    alias: '--by',
    value: '<name>',
    help: 'who asks (default: USER)',
    takes: z.string().optional(),
    field: 'requestedBy',
  },
  requestId: REQUEST_ID_ROW,
  overrideProtection: {
    value: '<reason>',
    help: 'put a VM back that is tagged reimage-protected, and say why',
    takes: z.string().optional(),
    field: 'overrideProtection',
  },
  dryRun: { help: 'show the way back and what it would erase; touch nothing', takes: z.boolean().optional() },
  detach: { help: 'return once it is started, or decided', takes: z.boolean().optional() },
  yes: { help: 'do not ask for confirmation', takes: z.boolean().optional() },
} satisfies OptionRows;

/** What stands on the command line of `rollback`. */
export const RollbackCommandOptions = VmOptions.extend(shapeOf(ROWS));
export type RollbackCommandOptions = z.output<typeof RollbackCommandOptions>;

/** Defines `reimage rollback`. */
export function defineRollback(command: Command, { dispatch }: Parsing): void {
  command.argument('<instance>', 'VM id, for example i-8cjmd27n1s');
  addOptions(command, ROWS)
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((instance: string, options: object) =>
      dispatch(cliCommand('rollback', RollbackCommandOptions, runRollback), { instance, ...options }),
    );
}

/** Finds the way back, shows what is lost, asks, goes it, follows. A dry run ends when it is shown. @throws ReimageError */
export async function runRollback(options: RollbackCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const vm = vmOf(options, deps);
  const rollback = await rollbackOf(options, deps);
  if (options.dryRun === true) return await showWayBack(vm, rollback, options, deps);
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps, ', or --dry-run to look first');
  await using client = await deps.connect();
  const { requestId } = rollback;
  const known = requestId === undefined ? null : await client.findByRequestId(vm, requestId, { rollback });
  if (known !== null) return await reportStarted(client, known, options, deps);

  const plan = await findWayBack(client, vm, rollback, io);
  const show = showingLoss(io, 'err');
  for (const line of renderRollback(plan, io.now())) show(line);
  const shown = plan.kind === 'rebuild' ? asShown(plan, await showRebuild(client, plan, show, deps)) : plan;
  if (mustAsk) await confirm(vm.instanceId, 'erase its system disk and put it back', deps);
  // The way back that was shown, and no other: the world goes on while a person reads.
  const operation = await client.rollback({ ...vm, runId: plan.operation.runId }, rollback, { asShown: shown });
  return await reportStarted(client, operation, { ...options, outcome: OUTCOMES[plan.kind] }, deps);
}

/** Shows the way back and what it would erase, and touches nothing. */
async function showWayBack(
  vm: VmRef,
  rollback: RollbackOptions,
  { output }: RollbackCommandOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  const show = showingLoss(io, output === 'json' ? 'err' : 'out');
  await using client = await deps.connect();
  const wayBack = await findWayBack(client, vm, rollback, io);
  for (const line of renderRollback(wayBack, io.now())) show(line);
  const plan = wayBack.kind === 'rebuild' ? await showRebuild(client, wayBack, show, deps) : null;
  if (output === 'json') io.out(JSON.stringify(wayBack.kind === 'rebuild' ? { ...wayBack, plan } : wayBack));
  else for (const line of [...(plan === null ? [] : renderSteps(plan)), 'Dry run: nothing was touched.']) io.out(line);
  return OK;
}

async function findWayBack(client: CliClient, vm: VmRef, rollback: RollbackOptions, io: Io): Promise<RollbackPlan> {
  return await beforeBegun(io, (signal) => client.planRollback(vm, rollback, { signal })).catch((error: unknown) =>
    rethrowNaming(error, optionBehind),
  );
}

/** Shows what the rebuild would erase. */
async function showRebuild(
  client: CliClient,
  { request }: NewRollback,
  show: (line: string) => void,
  deps: CliDeps,
): Promise<RebuildPlan> {
  return await planThatFits(client, request, show, deps).catch(rethrowForeignImage);
}

/** The image that is on the VM is a part of what was shown: with another one nothing is done. */
function asShown(wayBack: NewRollback, { imageBefore }: RebuildPlan): ShownRollback {
  return imageBefore === null ? wayBack : { ...wayBack, presentImageId: imageBefore.imageId };
}

/** Says how to put a VM back all the same that has an image of somebody else's. */
function rethrowForeignImage(error: unknown): never {
  const isForeign = error instanceof ReimageError && error.failure.issues?.some(({ code }) => code === 'image-changed');
  if (!isForeign) throw error;
  const next =
    'Find out who put that image on: a rollback erases it. To roll back all the same, name it: --from-image ID.';
  throw toReimageError({ ...error.failure, next }, { cause: error });
}

const OUTCOMES = { decide: 'decided', rebuild: 'started' } as const;

async function rollbackOf(options: RollbackCommandOptions, deps: CliDeps): Promise<RollbackOptions> {
  const requestedBy = whoAsksFor(options.requestedBy, deps.env, '--requested-by');
  const written = { ...(await fieldsOf(ROWS, options, deps)), requestedBy };
  return namingOptions(() => parseInput(RollbackOptions, written), optionBehind);
}

function optionBehind(field: string): string | undefined {
  return optionFor(ROWS, field);
}
