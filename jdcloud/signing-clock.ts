/** When a request was dated. */
export interface Stamp {
  /** By this machine's clock. */
  readonly machineAt: Date;
  /** What the signature says: the same, corrected. */
  readonly signedAt: Date;
}

/** The clock that dates the signatures of one client. */
export interface SigningClock {
  readonly stamp: () => Stamp;
  /**
   * Corrects all later stamps by a skew that a refusal has shown: milliseconds that this machine's clock is ahead of
   * JD Cloud's. Never by the date of a good answer: what is taken needs no correction, and each date is a second coarse.
   */
  readonly correct: (skewMs: number) => void;
}

/** Begins without a correction. */
export function createSigningClock(now: () => Date): SigningClock {
  let correctionMs = 0;
  return {
    stamp: () => {
      const machineAt = now();
      return { machineAt, signedAt: new Date(machineAt.getTime() - correctionMs) };
    },
    correct: (skewMs) => {
      correctionMs = skewMs;
    },
  };
}
