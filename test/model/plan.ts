import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { diskId, imageAsked, type Plan, type Scenario } from './state.js';

type Judged = Pick<RebuildPlan, 'issues' | 'power' | 'lastOperation'> & {
  readonly imageBefore: { readonly imageId: string };
  readonly imageAfter: { readonly imageId: string };
  readonly systemDisk: { readonly diskId: string };
};

/** As much of a plan as a run that was reset is judged by. */
export function toPlan(scenario: Scenario, { power, image, disk, marker }: Plan): RebuildPlan {
  const judged: Judged = {
    issues: [],
    power: { before: power, after: power },
    lastOperation: marker,
    imageBefore: { imageId: image },
    imageAfter: { imageId: imageAsked(scenario) },
    systemDisk: { diskId: diskId(disk) },
  };
  return judged as RebuildPlan;
}

/** The model's part of a plan. */
export function ofPlan({ power, imageBefore, systemDisk, lastOperation }: RebuildPlan): Plan {
  return {
    power: power.before === 'running' ? 'running' : 'stopped',
    image: imageBefore?.imageId ?? '',
    disk: Number(systemDisk?.diskId?.replace('vol-', '')),
    marker: lastOperation ?? null,
  };
}
