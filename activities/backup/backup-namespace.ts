/** A rebuild under way, by the server's own state. */
export interface RebuildLock {
  readonly regionId: string;
  readonly instanceId: string;
  readonly runId: string;
  /** Null before a worker took it up. */
  readonly phase: string | null;
  /** The image that it puts on; null where it named none, undefined where nobody tells. */
  readonly imageId: string | null | undefined;
  /** Null before there is one. */
  readonly backupImageId: string | null;
}

/** What clearing backups away asks of the Temporal namespace. Each rejects when that cannot be asked. */
export interface BackupNamespace {
  /**
   * The locks that are held now: of these VMs, and of the rebuilds that the index shows in the region, all or those onto
   * one image. The index only adds to what is asked; each lock is told by the server's own state.
   */
  readonly rebuildLocks: (asked: {
    readonly regionId: string;
    readonly instanceIds: readonly string[];
    readonly ontoImageId?: string;
  }) => Promise<RebuildLock[]>;
  /**
   * The image that each VM had before the rebuild under way on it, as the rebuilds themselves tell: null where JD Cloud
   * named none, undefined where nobody tells.
   */
  readonly formerImages: (locks: readonly RebuildLock[]) => Promise<(string | null | undefined)[]>;
  /** Images that fleets under way in a region put on, or may put back; null where one does not tell. Which fleets there are only the index knows. */
  readonly imagesOfFleets: (
    regionId: string,
  ) => Promise<{ readonly operationId: string; readonly images: readonly string[] | null }[]>;
}
