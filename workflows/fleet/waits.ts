import type { FleetSnapshot } from '../../contracts/fleet/fleet-input.js';

/** How far a fleet has come with what takes its time. A run that continues as new hands it on, so that nothing begins anew. */
export class Waits {
  /** When the bake under way ends; stands until its VMs were judged. */
  bakeEnds: number | null;
  /** Pauses for busy VMs that are over. */
  deferredTries: number;
  /** Since when it is looked for VMs that were moved without a word. */
  observingSince: number | null;
  /** The fleet has paused since no VM of its canary was moved: it does not do so again. */
  isCanaryJudged: boolean;

  constructor({ bakeEnds, deferredTries = 0, observingSince, isCanaryJudged = false }: FleetSnapshot['waits'] = {}) {
    this.bakeEnds = momentOf(bakeEnds);
    this.deferredTries = deferredTries;
    this.observingSince = momentOf(observingSince);
    this.isCanaryJudged = isCanaryJudged;
  }

  snapshot(): NonNullable<FleetSnapshot['waits']> {
    const { bakeEnds, deferredTries, observingSince, isCanaryJudged } = this;
    return {
      ...(bakeEnds !== null && { bakeEnds: instantOf(bakeEnds) }),
      ...(deferredTries > 0 && { deferredTries }),
      ...(observingSince !== null && { observingSince: instantOf(observingSince) }),
      ...(isCanaryJudged && { isCanaryJudged }),
    };
  }
}

function momentOf(instant: string | undefined): number | null {
  return instant === undefined ? null : Date.parse(instant);
}

function instantOf(moment: number): string {
  return new Date(moment).toISOString();
}
