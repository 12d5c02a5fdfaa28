import type { FleetRollbackPlan } from '../../fleet/rollback-fleet.js';
import { type LeftOut, rollbackCommand } from '../../fleet/rollback-targets.js';
import { oneLine } from '../display-text.js';
import { waveText } from './fleet-counts.js';

/** How a fleet would be taken back, for a person to confirm: each VM with its image and what is lost. */
export function renderFleetRollback({ rollbackOf, digest, plan, targets, leftOut }: FleetRollbackPlan): string[] {
  const targetOf = new Map(targets.map((target) => [target.instanceId, target]));
  const { limits, waves, rows } = plan;
  const back = rows.flatMap(({ instanceId, wave, imageBefore }) => {
    const target = targetOf.get(instanceId);
    if (wave === null || target === undefined) return [];
    const lost = target.from === 'backup' ? 'backup: what was written since is lost' : 'all on it is lost';
    return [`  ${instanceId} ${imageBefore ?? 'unknown'} -> ${target.imageId} ! erases system disk (${lost})`];
  });
  return [
    `Takes fleet ${rollbackOf} back: ${back.length} VMs`,
    ...back,
    ...rows.flatMap(({ instanceId, skip }) =>
      skip === null ? [] : [`  ${instanceId} skipped, ${skip.code}: ${oneLine(skip.reasons.join('; '))}`],
    ),
    ...leftOut.map(leftLine),
    `waves: ${waves.map(({ name, size }, index) => `${waveText(index, { name })}: ${size}`).join(', ') || 'none'}`,
    `unavailable at a time: ${limits.unavailable.fleet}; failures that are borne: ${limits.failures.fleet}; held at a time: ${limits.held}`,
    ...plan.warnings.map(({ message }) => `warning: ${oneLine(message)}`),
    `digest: ${digest}`,
  ];
}

/** VMs that a retry leaves alone, and the command that goes on putting them back. */
export function renderOnWayBack(
  leftOut: readonly LeftOut[],
  fleet: { readonly fleetId: string; readonly regionId: string },
): string[] {
  if (leftOut.length === 0) return [];
  return [...leftOut.map(leftLine), `goes on putting them back: ${rollbackCommand(fleet)}`];
}

function leftLine({ instanceId, why }: LeftOut): string {
  return `  ${instanceId} left alone: ${oneLine(why)}`;
}
