import * as z from 'zod';
import { WAYS_BACK } from '../../contracts/decision.js';
import type { VmRef } from '../../contracts/ids.js';
import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { parseInput } from '../parse-input.js';
import type { NewRollback, RollbackPlan } from '../plan-rollback.js';
import { ReimageError, toReimageError } from '../reimage-errors.js';
import type { ShownRollback } from '../rollback-as-shown.js';
import { RollbackOptions } from '../rollback-options.js';
import { withoutUndefined } from '../without-undefined.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { confirm, requireConfirmer } from './confirm.js';
import { OK } from './exit-codes.js';
import { firstWordOf, namingOptions, rethrowNaming } from './naming-options.js';
import { planThatFits } from './plan-that-fits.js';
import { renderSteps } from './render-plan.js';
import { renderRollback } from './render-rollback.js';
import { reportStarted } from './report-started.js';
import { showingLoss } from './show-loss.js';
import { VmOptions, vmOf } from './vm-options.js';
import { whoAsksFor } from './who-asks.js';

/** What stands on the command line of `rollback`. */
export const RollbackCommandOptions = VmOptions.extend({
  to: z.enum(WAYS_BACK).optional(),
  image: z.string().optional(),
  fromImage: z.string().optional(),
  key: z.string().optional(),
  passwordFrom: z.string().optional(),
  imageInherit: z.boolean().optional(),
  reason: z.string().optional(),
  requestedBy: z.string().optional(),
  requestId: z.string().optional(),
  overrideProtection: z.string().optional(),
  dryRun: z.boolean().optional(),
  yes: z.boolean().optional(),
});
export type RollbackCommandOptions = z.output<typeof RollbackCommandOptions>;

/** The option behind each field, so that an error names what the person wrote. */
const OPTION_OF: Readonly<Record<string, string>> = {
  to: '--to',
  imageId: '--image',
  fromImageId: '--from-image',
  keyNames: '--key',
  passwordRef: '--password-from',
  imageInherit: '--image-inherit',
  requestedBy: '--requested-by',
  requestId: '--request-id',
  overrideProtection: '--override-protection',
};

/** Finds the way back, shows what is lost, asks, goes it, follows. A dry run ends when it is shown. @throws ReimageError */
export async function runRollback(options: RollbackCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const vm = vmOf(options, deps);
  const rollback = namingOptions(() => fieldsOf(options, deps), optionBehind);
  if (options.dryRun === true) return await showWayBack(vm, rollback, options, deps);
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps, ', or --dry-run to look first');
  await using client = await deps.connect();
  const { requestId } = rollback;
  const known = requestId === undefined ? null : await client.findByRequestId(vm, requestId, { rollback });
  if (known !== null) return await reportStarted(client, known, options, deps);

  const plan = await findWayBack(client, vm, rollback);
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
  const wayBack = await findWayBack(client, vm, rollback);
  for (const line of renderRollback(wayBack, io.now())) show(line);
  const plan = wayBack.kind === 'rebuild' ? await showRebuild(client, wayBack, show, deps) : null;
  if (output === 'json') io.out(JSON.stringify(wayBack.kind === 'rebuild' ? { ...wayBack, plan } : wayBack));
  else for (const line of [...(plan === null ? [] : renderSteps(plan)), 'Dry run: nothing was touched.']) io.out(line);
  return OK;
}

async function findWayBack(client: CliClient, vm: VmRef, rollback: RollbackOptions): Promise<RollbackPlan> {
  return await client.planRollback(vm, rollback).catch((error: unknown) => rethrowNaming(error, optionBehind));
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
  const isForeign =
    error instanceof ReimageError && error.failure.misfits?.some(({ code }) => code === 'image-changed');
  if (!isForeign) throw error;
  const next =
    'Find out who put that image on: a rollback erases it. To roll back all the same, name it: --from-image ID.';
  throw toReimageError({ ...error.failure, next }, { cause: error });
}

const OUTCOMES = { decide: 'decided', rebuild: 'started' } as const;

function fieldsOf(options: RollbackCommandOptions, { env }: CliDeps): RollbackOptions {
  const { to, image, fromImage, key, imageInherit, reason, requestId, overrideProtection } = options;
  const written = {
    requestedBy: whoAsksFor(options.requestedBy, env, '--requested-by'),
    reason,
    to,
    imageId: image,
    fromImageId: fromImage,
    keyNames: key === undefined ? undefined : [key],
    passwordRef: options.passwordFrom,
    imageInherit: imageInherit === true ? 'yes' : undefined,
    requestId,
    overrideProtection,
  };
  return parseInput(RollbackOptions, withoutUndefined(written));
}

function optionBehind(field: string): string | undefined {
  return OPTION_OF[firstWordOf(field)];
}
