import {
  type DiskSummary,
  originText,
  type RebuildPlan,
  type ValidationIssue,
} from '../../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { failureOf, toReimageError } from '../../connection/errors.js';
import type { CliClient, CliDeps } from '../io/deps.js';
import { beforeBegun } from '../io/terminal.js';
import { formatSpan, oneLine } from '../io/text.js';

/** What a rebuild would erase, keep and do, for a person to confirm. */
export function renderPlan(plan: RebuildPlan): string[] {
  const { instanceId, instanceName, regionId, status, power, imageBefore, imageAfter } = plan;
  const name = instanceName === null ? '' : ` "${oneLine(instanceName)}"`;
  return [
    `Rebuild of ${instanceId}${name} in ${regionId}`,
    `  status  ${oneLine(status)}; afterwards ${power.after}`,
    `  image   ${imageText(imageBefore)} -> ${imageText(imageAfter)}`,
    ...(imageAfter?.origin === undefined ? [] : [`          ${oneLine(originText(imageAfter.origin))}`]),
    `  ERASED  ${plan.systemDisk === null ? 'the system disk' : `system disk ${diskText(plan.systemDisk)}`}`,
    ...plan.dataDisks.map((disk) => `  kept    data disk ${diskText(disk)}`),
    ...plan.warnings.map(({ code, message }) => `  warning ${oneLine(message)} (${oneLine(code)})`),
  ];
}

/** The steps of a plan, numbered. */
export function renderSteps({ steps }: RebuildPlan): string[] {
  return ['Steps:', ...steps.map((step, index) => `  ${index + 1}. ${oneLine(step)}`)];
}

/** All reasons against a rebuild, one a line, with the field to change. */
export function renderIssues(issues: readonly ValidationIssue[]): string[] {
  return issues.map(
    ({ code, field, message }) => `  - ${oneLine(message)} (${code}${field === null ? '' : `; field ${field}`})`,
  );
}

function imageText(image: RebuildPlan['imageAfter']): string {
  if (image === null) return 'unknown';
  return image.name === null ? image.imageId : `${image.imageId} "${oneLine(image.name)}"`;
}

function diskText({ deviceName, diskCategory, diskId, sizeGiB }: DiskSummary): string {
  const facts = [diskCategory, sizeGiB === null ? null : `${sizeGiB} GiB`, diskId].filter((fact) => fact !== null);
  return oneLine([deviceName ?? '', facts.length > 0 ? `(${facts.join(', ')})` : ''].filter(Boolean).join(' '));
}

/** What was read for a plan is held to be so for so long. */
const HOLDS_MS = 60_000;

/**
 * Makes a plan that may be acted on. One that took long, since JD Cloud or the workers were away meanwhile, is made again,
 * and only the second is shown: `--yes` was said of a cloud that nobody has seen for minutes.
 */
export async function freshPlan<Plan>(make: () => Promise<Plan>, { io }: Pick<CliDeps, 'io'>): Promise<Plan> {
  const began = io.now().getTime();
  const plan = await make();
  const tookMs = io.now().getTime() - began;
  if (tookMs <= HOLDS_MS) return plan;
  io.err(`that took ${formatSpan(tookMs)}: looking again, since it may be otherwise by now`);
  return await make();
}

/**
 * Has a worker validate a request, and shows what would be erased.
 * @param show - takes the lines of the plan
 * @throws ReimageError Frozen, or ValidationFailed, with all issues
 */
export async function planThatFits(
  client: CliClient,
  request: RebuildRequest,
  show: (line: string) => void,
  { io }: CliDeps,
): Promise<RebuildPlan> {
  io.err('checking VM, image and login; nothing is touched');
  const plan = await beforeBegun(io, (signal) => freshPlan(() => client.plan(request, { signal }), { io }));
  for (const line of renderPlan(plan)) show(line);
  if (plan.issues.length === 0) return plan;
  const count = plan.issues.length === 1 ? 'one reason' : `${plan.issues.length} reasons`;
  const isFrozen = plan.issues.some(({ code }) => code === 'frozen');
  const failure = failureOf(
    isFrozen ? 'Frozen' : 'ValidationFailed',
    `${plan.instanceId} cannot be rebuilt like this, for ${count}. Nothing was touched.`,
  );
  throw toReimageError({ ...failure, issues: plan.issues });
}
