import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetFigures } from './fleet-figures.js';

/** What the demo promises, and what was seen. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly isKept: boolean;
}

/** What a verdict is given on. */
export interface Seen {
  readonly figures: FleetFigures;
  readonly plan: Pick<FleetPlan, 'rows' | 'limits'>;
  /** The VM that was put back. */
  readonly putBack: string;
  /** When the canary was approved, ISO 8601. */
  readonly approvedAt: string;
  /** VMs that run now: of each its image. */
  readonly imageOf: ReadonlyMap<string, string>;
  readonly image: string;
}

/** Holds what the cloud's journal shows against what the plan allows. Pure. */
export function judge(seen: Seen): Verdict {
  const promises = [erasures(seen), unavailable(seen), approval(seen), ends(seen)];
  return {
    lines: promises.map(([isKept, line]) => `${isKept ? '✔' : '✖ NOT AS PROMISED:'} ${line}`),
    isKept: promises.every(([isKept]) => isKept),
  };
}

type Promised = readonly [isKept: boolean, line: string];

function erasures({ figures: { erased }, putBack }: Seen): Promised {
  const sum = [...erased.values()].reduce((total, times) => total + times, 0);
  const asPromised = [...erased].every(([instanceId, times]) => times === (instanceId === putBack ? 2 : 1));
  const again = `and ${putBack} once more, to put it back`;
  return [asPromised, `rebuildInstance was performed ${sum} times: once on each of ${erased.size} VMs, ${again}`];
}

function unavailable({ figures: { mostDown, mostDownIn }, plan: { limits } }: Seen): Promised {
  const { fleet, perAz = {} } = limits.unavailable;
  const zones = [...mostDownIn].map(([zone, most]) => `${zone} ${most} of ${perAz[zone] ?? fleet}`);
  const isKept = mostDown <= fleet && [...mostDownIn].every(([zone, most]) => most <= (perAz[zone] ?? fleet));
  return [isKept, `most VMs down at once: ${mostDown} (limit ${fleet}); by zone: ${zones.join(', ')}`];
}

function approval({ figures: { firstAfterCanary }, approvedAt }: Seen): Promised {
  const seconds = (Date.parse(firstAfterCanary ?? '') - Date.parse(approvedAt)) / 1000;
  return [seconds >= 0, `the first VM after the canary was stopped ${seconds.toFixed(1)} s after the approval`];
}

function ends({ imageOf, image, putBack, plan: { rows } }: Seen): Promised {
  const moved = [...imageOf].filter(([, imageId]) => imageId === image).map(([instanceId]) => instanceId);
  const isKept = imageOf.size === rows.length && moved.length === rows.length - 1 && !moved.includes(putBack);
  return [isKept, `${imageOf.size} of ${rows.length} VMs run, ${moved.length} of them on ${image}`];
}
