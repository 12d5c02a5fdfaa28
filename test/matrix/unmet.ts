import { FINAL_PHASES } from '../../contracts/rebuild-progress.js';
import type { Cell } from './cells.js';
import { Milestones, siteName } from './sites.js';
import type { Evidence } from './story-run.js';

/**
 * Why a cell's fault met no call: how the rebuild ended, and in which phase, before it came to the milestone or made
 * the call. The same words for all cells that have the same reason.
 */
export function whyUnmet(evidence: Evidence, { site }: Cell): string {
  const { result } = evidence;
  if (result === null) return `${siteName(site)}: it did not end`;
  const ends = result.failure?.type ?? result.outcome;
  const phase = result.timeline.findLast((record) => !FINAL_PHASES.includes(record.phase))?.phase ?? 'validating';
  const missing = hasCome(evidence, site.milestone) ? 'the call was not made' : `${site.milestone} never came`;
  return `${siteName(site)}: ended ${ends} in ${phase}, ${missing}`;
}

function hasCome({ calls, changes, instanceId }: Evidence, milestone: string | null): boolean {
  if (milestone === null || milestone === 'begin') return true;
  const milestones = new Milestones();
  return [...calls, ...changes]
    .filter((entry) => (entry.instanceId ?? instanceId) === instanceId)
    .toSorted((a, b) => a.seq - b.seq)
    .some((entry) => milestones.nameOf(entry) === milestone);
}
