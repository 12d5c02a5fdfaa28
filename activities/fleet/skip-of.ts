import type { FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { LockHolder } from './fleet-namespace.js';

type Skip = FleetRow['skip'];

/** What is known of a VM before its rebuild is validated. */
interface Known {
  readonly isExcluded: boolean;
  /** Null: JD Cloud knows it no more. */
  readonly instance: Instance | null;
  /** The image with which it is left alone; null where none is. */
  readonly matching: string | null;
  readonly holder: LockHolder | null;
}

/** Why a VM is left alone whatever its rebuild would say; null where that must be asked. Of several reasons the first counts. */
export function skipBefore({ isExcluded, instance, matching, holder }: Known): Skip {
  if (instance === null)
    return { code: 'misfit', reasons: ['JD Cloud knows it no more: it was deleted while the plan was made.'] };
  if (isExcluded) return { code: 'excluded', reasons: ['The fleet excludes it.'] };
  if (matching !== null && instance.imageId === matching)
    return { code: 'already-on-image', reasons: [`It has ${matching} already.`] };
  return holder === null ? null : { code: 'busy', reasons: [busyText(holder)] };
}

function busyText({ by, since, phase }: LockHolder): string {
  const who = by ?? 'someone who left no name';
  const where = phase === null ? 'no worker has taken it up yet' : `phase ${phase}`;
  return `A rebuild for ${who} is under way since ${since}: ${where}.`;
}

/** Why a VM is left alone by what its rebuild would say, every reason; null where it may go ahead. */
export function skipOf(misfits: readonly Misfit[]): Skip {
  if (misfits.length === 0) return null;
  const isProtected = misfits.some(({ code }) => code === 'protected');
  return { code: isProtected ? 'protected' : 'misfit', reasons: misfits.map(({ message }) => message) };
}
