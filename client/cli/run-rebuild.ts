import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { VmRef } from '../../contracts/ids.js';
import type { Operation } from '../operation.js';
import { ReimageNotFoundError } from '../reimage-errors.js';
import { busyWith } from '../start-rebuild.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { confirm, requireConfirmer } from './confirm.js';
import { OK } from './exit-codes.js';
import { planThatFits } from './plan-that-fits.js';
import type { RebuildOptions } from './rebuild-options.js';
import { requestOf } from './rebuild-options.js';
import { renderSteps } from './render-plan.js';
import { reportStarted } from './report-started.js';
import { showingLoss } from './show-loss.js';
import { vmOf } from './vm-options.js';

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
