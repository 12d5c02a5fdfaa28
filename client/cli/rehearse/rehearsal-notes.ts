import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { formatSpan } from '../display-text.js';
import type { RehearsedTimes } from './rehearsed-times.js';

/** What a rehearsal leaves out of a plan, and what it takes for so: a line each, for who decides by it. Pure. */
export function notesOf({ spec }: Pick<FleetPlan, 'spec'>, { rebuildSeconds, samples }: RehearsedTimes): string[] {
  const { rebuild, rollout } = spec;
  const checks = rebuild.healthChecks.length;
  const hasRollback = rebuild.onFailure === 'rollback' || rollout.onBudgetExhausted === 'rollback';
  return [
    timesNote(rebuildSeconds, samples),
    'a VM that is made to fail is in error after its rebuild; other ways to fail were not tried',
    ...(checks === 0
      ? []
      : [
          `${checks === 1 ? 'the health check is' : `the ${checks} health checks are`} left out: it would go to the real machines`,
        ]),
    ...(rebuild.passwordRef === undefined
      ? []
      : ['the password reference was not read and nobody was handed a password: a made-up one stood in']),
    ...(rebuild.metadata === undefined ? [] : ['the metadata that VMs have now was not read']),
    ...(rebuild.backup === 'image' ? ['backups were made in the simulator, in its time'] : []),
    ...(hasRollback ? ['a former image that JD Cloud has no more is missing here too'] : []),
    'the worker had the default settings: a look at waiting VMs every 5 s, 600 calls a minute at most',
    'gates were approved at once; the bakes count with their full time',
    ...(rollout.maintenance === undefined ? [] : ['windows were taken for open as long as it took']),
    'nobody else is at work: no freeze, no other rebuild, no fault of JD Cloud, no throttling',
  ];
}

function timesNote(rebuildSeconds: number, samples: number): string {
  const span = formatSpan(rebuildSeconds * 1000);
  if (samples > 0)
    return `every rebuild was taken to last ${span}, the median of the last ${samples} of this namespace`;
  return `every rebuild was taken to last ${span}, by the simulator's times: the namespace has no finished one, and JD Cloud states none`;
}
