import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { FaultKind, FaultRule } from '../../simulator/model/fault-rule.js';
import { FAULTS, type Span, SPANS } from './faults.js';
import { type Site, siteName } from './sites.js';

/** A kind of rebuild whose calls are all made to fail. */
export interface Story {
  readonly name: string;
  readonly request: Partial<RebuildRequestInput>;
  /** What goes wrong in it anyway, once the VM has been rebuilt. */
  readonly trouble: FaultRule | null;
  /** How it ends when nothing else goes wrong. */
  readonly ends: string;
  /** The sites that no earlier story has: from one milestone on, up to the call that is another. */
  readonly from: string;
  readonly to: string | null;
  /** Calls that are this story's own wherever they come. */
  readonly own: readonly string[];
}

/** The rebuild, what a backup adds to it, and what a rollback adds to that. */
export const STORIES: readonly Story[] = [
  { name: 'rebuild', request: {}, trouble: null, ends: 'done', from: 'begin', to: null, own: [] },
  {
    name: 'backup',
    request: { backup: 'image' },
    trouble: null,
    ends: 'done',
    from: 'stopped#1',
    to: 'rebuildInstance#1',
    own: ['describeQuotas'],
  },
  {
    name: 'rollback',
    request: { backup: 'image', onFailure: 'rollback' },
    trouble: { operation: 'startInstance', kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' } },
    ends: 'RolledBack',
    from: 'startInstance-refused#1',
    to: null,
    own: [],
  },
];

/** One fault at one place for one length of time. */
export interface Cell {
  readonly name: string;
  readonly story: Story;
  readonly site: Site;
  /** Name of the fault. */
  readonly fault: string;
  readonly kind: FaultKind;
  /** A fault that passes before the deadline, so that a repeat mends it. */
  readonly isPassing: boolean;
  readonly span: Span;
  readonly rule: Pick<FaultRule, 'operation' | 'skip' | 'times' | 'kind'>;
}

/** The sites of a story that are not those of another, out of all in its run, which come in order. */
export function ownSites({ from, to, own }: Story, sites: readonly Site[]): Site[] {
  let isOwn = from === 'begin';
  return sites.filter((site) => {
    if (site.milestone === from) isOwn = true;
    if (siteName(site) === to) isOwn = false;
    return isOwn || own.includes(site.operation);
  });
}

/** Every fault at every site for every span. */
export function cellsOf(story: Story, sites: readonly Site[]): Cell[] {
  return sites.flatMap((site) =>
    FAULTS.flatMap((fault) =>
      SPANS.map((span) => ({
        name: `${story.name}/${siteName(site)}/${fault.name}/${span.name}`,
        story,
        site,
        fault: fault.name,
        kind: fault.kind,
        isPassing: span.name !== 'to-deadline' && !isFinalAt(site, fault),
        span: span.name,
        rule: { operation: site.operation, skip: site.nth - 1, times: span.times, kind: fault.kind },
      })),
    ),
  );
}

/** Whether a fault is the end where it comes. */
function isFinalAt(site: Site, { isFinal }: (typeof FAULTS)[number]): boolean {
  return isFinal === 'before the touch' ? !isTouchedAt(site) : isFinal === true;
}

/** Whether a call before this one may have changed the VM. All stories begin with its stop. */
function isTouchedAt(site: Site): boolean {
  return site.milestone !== 'begin' && siteName(site) !== 'stopInstance#1';
}

/** Seeded choice of `count` cells, the same for the same seed and list: by xorshift32 and Fisher and Yates. */
export function sampleOf<T>(all: readonly T[], count: number, seed: number): T[] {
  const rest = [...all];
  let state = seed | 0 || 1;
  const draw = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(draw(rest.length), 1));
  return chosen;
}
