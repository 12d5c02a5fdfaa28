import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetCounts, FleetSummary, MemberState } from '../../contracts/fleet/fleet-progress.js';
import { formatSpan } from '../cli/io/text.js';
import type { RehearsedTimes } from './plan.js';
import type { Fit } from './timeline.js';

/** Why, where and when a fleet would not go on. */
export interface RehearsedStop {
  /**
   * `pause`, until somebody resumes it; `stop` and `rollback`, as the policy says for an exhausted budget; `held`, until
   * somebody decides on a VM; `blocked`, when its limits let no further VM be started.
   */
  readonly kind: 'pause' | 'stop' | 'rollback' | 'held' | 'blocked';
  readonly wave: FleetSummary['wave'];
  /** What the fleet itself says. */
  readonly reason: string;
  /** After its start, in the time of the real run. */
  readonly afterSeconds: number;
}

/** How long the real run would take. */
export interface RehearsedDuration {
  /** To its end, or to where it stands still. */
  readonly seconds: number;
  /** Of it, bakes. */
  readonly bakeSeconds: number;
  /** What the plan estimates for all of it, bakes included. */
  readonly planSeconds: number;
  /** What a rebuild was taken to last, and from how many of the namespace's own; 0: from none. */
  readonly rebuildSeconds: number;
  readonly samples: number;
  /** How long the rehearsal took. */
  readonly rehearsedSeconds: number;
  readonly compress: number;
  /** Seconds of the real run that a second of the rehearsal stood for while VMs were rebuilt. */
  readonly pace: number;
}

/** Most VMs that were down at a time, in all or in one place. `of` null: no limit of its own. */
export interface RehearsedDomain {
  readonly peak: number;
  readonly limit: number | null;
  /** Of them down before the fleet began. */
  readonly before: number;
}

/** A VM that did not end well though nobody had made it fail: the real one would not either. */
export interface UnexpectedOutcome {
  readonly instanceId: string;
  readonly state: MemberState;
  /** Type of its failure, from docs/failures.md. */
  readonly failure: string | null;
  readonly reason: string | null;
}

/** What a rehearsal has shown. Times are those of the real run unless they say otherwise. */
export interface RehearsalReport {
  /** `stopped`: it would end before its time, or stand still. */
  readonly outcome: 'done' | 'stopped';
  readonly name: string;
  readonly regionId: string;
  readonly planId: string;
  /** Of the plan that was rehearsed, not of what was started for it. */
  readonly planDigest: string;
  readonly imageId: string;
  readonly size: number;
  /** VMs that were made to fail. */
  readonly failing: readonly string[];
  readonly seed: number;
  readonly counts: FleetCounts;
  readonly unexpectedOutcomes: readonly UnexpectedOutcome[];
  /** Null: it would go through. */
  readonly stop: RehearsedStop | null;
  readonly duration: RehearsedDuration;
  readonly apiCalls: { readonly total: number; readonly peakAMinute: number; readonly capAMinute: number | null };
  readonly unavailable: {
    readonly fleet: RehearsedDomain;
    /** By `zone NAME`, and by `KEY VALUE` of the tag that the policy limits. */
    readonly domains: Readonly<Record<string, RehearsedDomain>>;
  };
  /** How often the system disk of each VM was erased. */
  readonly erases: Readonly<Record<string, number>>;
  /** Gates that were approved at once, and what each was for. */
  readonly gates: readonly { readonly reason: string; readonly afterSeconds: number }[];
  readonly bakes: { readonly count: number; readonly eachSeconds: number };
  /** Null: the policy has no maintenance windows. */
  readonly windows: Fit | null;
  /** What of the cloud is no longer as the plan says: the start would refuse it. */
  readonly changes: readonly string[];
  /** What was left out, and what was taken for so. */
  readonly notes: readonly string[];
}

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
