import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { VmRef } from '../../contracts/ids.js';
import type { Operation } from '../operation.js';
import { parseInput } from '../parse-input.js';
import { failureOf, ReimageInvalidInputError, ReimageNotFoundError, toReimageError } from '../reimage-errors.js';
import { busyWith } from '../start-rebuild.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { followAndReport } from './follow.js';
import { RebuildOptions, requestOf } from './rebuild-options.js';
import { renderPlan, renderSteps } from './render-plan.js';
import { vmOf } from './vm-options.js';

/** `reimage rebuild` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runRebuild(parseInput(RebuildOptions, raw), deps);
}

/** Plans, shows what is erased, asks, starts, follows. Nothing starts before every question is answered. */
export async function runRebuild(options: RebuildOptions, deps: CliDeps): Promise<number> {
  const vm = vmOf(options, deps);
  const request = await requestOf(options, vm, deps);
  const mustAsk = options.yes !== true && options.dryRun !== true;
  if (mustAsk && !deps.io.canAsk) {
    throw new ReimageInvalidInputError(
      'Not a terminal, so that nobody can confirm: pass --yes, or --dry-run to look first.',
      'yes',
    );
  }
  await using client = await deps.connect();
  const known = await knownOperation(client, vm, request.requestId);
  if (known !== null && options.dryRun !== true) return await report(client, known, options, deps);

  const plan = await planThatFits(client, request, options, deps);
  if (options.dryRun === true) return reportPlan(plan, options, deps);
  if (mustAsk) await confirm(plan, deps);
  return await report(client, await client.start(request), options, deps);
}

/** The operation that this request id has started before. @throws ReimageBusyError when another is under way */
async function knownOperation(client: CliClient, vm: VmRef, requestId: string | undefined): Promise<Operation | null> {
  const known = requestId === undefined ? null : await client.findByRequestId(vm, requestId);
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

async function planThatFits(
  client: CliClient,
  request: RebuildRequest,
  { output, dryRun }: RebuildOptions,
  { io }: CliDeps,
): Promise<RebuildPlan> {
  io.err('checking VM, image and login; nothing is touched');
  const plan = await client.plan(request);
  const show = dryRun === true && output === 'text' ? io.out : io.err;
  for (const line of renderPlan(plan)) show(line);
  if (plan.misfits.length === 0) return plan;
  const count = plan.misfits.length === 1 ? 'one reason' : `${plan.misfits.length} reasons`;
  const failure = failureOf(
    'ValidationFailed',
    `${plan.instanceId} cannot be rebuilt like this, for ${count}. Nothing was touched.`,
  );
  throw toReimageError({ ...failure, misfits: plan.misfits });
}

function reportPlan(plan: RebuildPlan, { output }: RebuildOptions, { io }: CliDeps): number {
  if (output === 'json') io.out(JSON.stringify(plan));
  else for (const line of [...renderSteps(plan), 'Dry run: nothing was touched.']) io.out(line);
  return OK;
}

async function confirm({ instanceId }: RebuildPlan, { io }: CliDeps): Promise<void> {
  const typed = await io.ask(`Type ${instanceId} to erase its system disk: `);
  if (typed?.trim() === instanceId) return;
  const how = typed === null ? 'Nothing was typed' : 'What was typed is not the VM id';
  throw toReimageError(failureOf('NotConfirmed', `${how}. Nothing was touched.`));
}

async function report(
  client: CliClient,
  operation: Operation,
  options: RebuildOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  if (operation.webUrl !== undefined) io.err(`Temporal UI: ${operation.webUrl}`);
  if (options.detach !== true || operation.result !== null) {
    return await followAndReport(client, operation, options.output, deps);
  }
  const { operationId, instanceId, regionId } = operation;
  if (options.output === 'json') io.out(JSON.stringify({ outcome: 'started', ...operation }));
  else io.out(`started: ${operationId}. Follow it: reimage watch ${instanceId} --region ${regionId}`);
  return OK;
}
