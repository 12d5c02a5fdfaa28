/** How a rebuild ended that a fleet has started in an earlier run. */
export type RebuildEnd =
  | { readonly type: 'done'; readonly message: string; readonly result: unknown }
  /** `result` is the first detail of its failure; null where it has none. */
  | { readonly type: 'failed'; readonly message: string; readonly failure: string; readonly result: unknown }
  /** `lost` ended without a word, as one that was terminated, or is no longer known. */
  | { readonly type: 'cancelled' | 'lost'; readonly message: string };

/** A rebuild of a fleet, by the run that the fleet has started. */
export interface RebuildRun {
  readonly instanceId: string;
  readonly runId: string;
}
