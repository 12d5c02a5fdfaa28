import type { DiskSummary, Misfit, RebuildPlan } from '../../contracts/rebuild-plan.js';
import { originText } from '../../contracts/image-origin.js';
import { oneLine } from './display-text.js';

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
export function renderMisfits(misfits: readonly Misfit[]): string[] {
  return misfits.map(
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
