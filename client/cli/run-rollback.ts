import * as z from 'zod';
import { WAYS_BACK } from '../../contracts/decision.js';
import { parseInput } from '../parse-input.js';
import type { NewRollback } from '../plan-rollback.js';
import { ReimageError, toReimageError } from '../reimage-errors.js';
import type { ShownRollback } from '../rollback-as-shown.js';
import { RollbackOptions } from '../rollback-options.js';
import { withoutUndefined } from '../without-undefined.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { confirm, requireConfirmer } from './confirm.js';
import { firstWordOf, namingOptions, rethrowNaming } from './naming-options.js';
import { parseOptions } from './parse-options.js';
import { planThatFits } from './plan-that-fits.js';
import { renderRollback } from './render-rollback.js';
import { reportStarted } from './report-started.js';
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

/** `reimage rollback` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runRollback(parseOptions(RollbackCommandOptions, raw), deps);
}

/** Finds the way back, shows what is lost, asks, goes it, follows. */
export async function runRollback(options: RollbackCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const vm = vmOf(options, deps);
  const rollback = namingOptions(() => fieldsOf(options, deps), optionBehind);
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps);
  await using client = await deps.connect();
  const { requestId } = rollback;
  const known = requestId === undefined ? null : await client.findByRequestId(vm, requestId, { rollback });
  if (known !== null) return await reportStarted(client, known, options, deps);

  const plan = await client.planRollback(vm, rollback).catch((error: unknown) => rethrowNaming(error, optionBehind));
  for (const line of renderRollback(plan, io.now())) io.err(line);
  const shown = plan.kind === 'rebuild' ? await showRebuild(client, plan, deps) : plan;
  if (mustAsk) await confirm(vm.instanceId, 'erase its system disk and put it back', deps);
  // The way back that was shown, and no other: the world goes on while a person reads.
  const operation = await client.rollback({ ...vm, runId: plan.operation.runId }, rollback, { asShown: shown });
  return await reportStarted(client, operation, { ...options, outcome: OUTCOMES[plan.kind] }, deps);
}

/** Shows what the rebuild would erase. The image that is on the VM is a part of it: with another one nothing is done. */
async function showRebuild(client: CliClient, plan: NewRollback, deps: CliDeps): Promise<ShownRollback> {
  const { imageBefore } = await planThatFits(client, plan.request, deps.io.err, deps).catch(rethrowForeignImage);
  return imageBefore === null ? plan : { ...plan, presentImageId: imageBefore.imageId };
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
