import type { Outcome } from '../fault-rule.js';
import type { LiveRegion } from '../region/live-region.js';
import type { Behind } from '../region/past.js';
import type { QueryReader } from './query-reader.js';

/** A verified call, as a handler sees it. */
export interface ApiCall {
  readonly region: LiveRegion;
  readonly pathParams: Readonly<Record<string, string>>;
  readonly query: QueryReader;
  /** The JSON object of the body; empty when none was sent. */
  readonly body: Readonly<Record<string, unknown>>;
  /** How far behind a replica is that answers this read; null for one that is up to date. */
  readonly behind: Behind | null;
  /** The bad end that a fault gives this call; asked once the call is accepted. */
  readonly outcome: () => Outcome | null;
  /** Enters a warning in the journal. */
  readonly warn: (text: string) => void;
}

/** Performs a call. Returns the `result` of the answer; null for actions, which have none. Throws ApiError. */
export type Handler = (call: ApiCall) => object | null;
