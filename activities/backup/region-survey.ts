import type { Phase } from '../../contracts/rebuild-progress.js';
import { allPages } from '../../jdcloud/list-queries.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { askServer, type BackupNamespace, type RebuildLock } from '../runtime/namespace.js';
import { type Age, startAge } from '../runtime/time.js';

export interface SurveyDeps {
  readonly api: Pick<VmApi, 'describeInstances'>;
  readonly namespace: BackupNamespace;
  /** Aborted when the worker stops. */
  readonly stopping: AbortSignal;
}

/** Who in a region may need which images, as it was when the survey began. */
export interface Survey {
  readonly needs: readonly Need[];
}

/** One that may need images: a VM that has one, a rebuild or a fleet under way. */
interface Need {
  /** For people, as `the rebuild of i-a1 that is under way`. */
  readonly who: string;
  /** Of a rebuild, which may well delete what it needs itself. */
  readonly runId?: string;
  /** Null where it does not tell. */
  readonly images: ReadonlySet<string> | null;
}

/** How long a survey serves all deletions of a worker: it asks for the lock of every VM of the region. */
const HOLDS_MS = 10_000;

/** In these JD Cloud itself still shows the image that a rebuild would take off its VM. */
const BEFORE_THE_ERASE: readonly (Phase | null)[] = [null, 'validating', 'stopping', 'backing-up'];

/** The surveys of a worker, one of each region at a time. */
export class RegionSurveys {
  readonly #deps: SurveyDeps;
  readonly #latest = new Map<string, { readonly age: Age; readonly survey: Promise<Survey>; isDone: boolean }>();

  constructor(deps: SurveyDeps) {
    this.#deps = deps;
  }

  /** A survey that is being made, or that began less than ten seconds ago. @throws JdCloudError · ApplicationFailure TemporalUnreachable (retryable) */
  async of(regionId: string): Promise<Survey> {
    const latest = this.#latest.get(regionId);
    if (latest !== undefined && (!latest.isDone || latest.age() < HOLDS_MS)) return await latest.survey;
    const age = startAge();
    const made = { age, survey: makeSurvey(this.#deps, regionId), isDone: false };
    this.#latest.set(regionId, made);
    try {
      return await made.survey;
    } catch (error) {
      this.#latest.delete(regionId);
      throw error;
    } finally {
      made.isDone = true;
    }
  }
}

/** Why an image must not be deleted, for people, and whether that is only because somebody does not tell. */
export interface WhyNeeded {
  readonly reason: string;
  readonly isUsageUnknown?: boolean;
}

/**
 * Why an image must not be deleted, by a survey; null when nobody in it may need it.
 * @param ownRunId - the run that would delete it: what that needs it knows itself
 */
export function whyNeeded({ needs }: Survey, imageId: string, ownRunId: string | undefined): WhyNeeded | null {
  const others = needs.filter(({ runId }) => runId === undefined || runId !== ownRunId);
  // One that has it is told rather than one that does not tell: it stays needed whatever that says.
  const having = others.find(({ images }) => images?.has(imageId) === true);
  if (having !== undefined) return { reason: `may be in use: ${having.who} has or needs it` };
  const silent = others.find(({ images }) => images === null);
  if (silent === undefined) return null;
  return { reason: `may be in use: ${silent.who} does not tell which images it needs`, isUsageUnknown: true };
}

/**
 * The VMs are read before their locks: one whose lock is free then, or whose rebuild has erased nothing, has the image
 * that JD Cloud has just shown, and no other that a rollback could ask for.
 */
async function makeSurvey({ api, namespace, stopping }: SurveyDeps, regionId: string): Promise<Survey> {
  const vms = await allPages(
    async (page) => {
      const { instances, totalCount } = await api.describeInstances({ regionId, ...page }, { signal: stopping });
      return { items: instances, totalCount };
    },
    ({ instanceId }) => instanceId,
  );
  const instanceIds = vms.map(({ instanceId }) => instanceId);
  return await askServer('tell who needs which images', async () => {
    const locks = await namespace.rebuildLocks({ regionId, instanceIds });
    const erased = locks.filter(({ phase }) => !BEFORE_THE_ERASE.some((each) => each === phase));
    const former = new Map((await namespace.formerImages(erased)).map((image, at) => [erased[at]?.runId, image]));
    const fleets = await namespace.imagesOfFleets(regionId);
    return {
      needs: [
        ...vms.map(ofVm),
        ...locks.map((lock) => ofRebuild(lock, former.has(lock.runId) ? former.get(lock.runId) : null)),
        ...fleets.map(({ operationId, images }) => ({
          who: `fleet ${operationId}`,
          images: images === null ? null : new Set(images),
        })),
      ],
    };
  });
}

function ofVm({ instanceId, imageId }: Instance): Need {
  return { who: `VM ${instanceId}`, images: new Set(imageId ? [imageId] : []) };
}

/** @param formerImageId - undefined where nobody tells it */
function ofRebuild(lock: RebuildLock, formerImageId: string | null | undefined): Need {
  const { runId, imageId, backupImageId } = lock;
  const all = [imageId, backupImageId, formerImageId];
  const images = all.includes(undefined) ? null : new Set(all.filter((image) => typeof image === 'string'));
  return { who: rebuildOf(lock.instanceId), runId, images };
}

/** For people. */
export function rebuildOf(instanceId: string): string {
  return `the rebuild of ${instanceId} that is under way`;
}
