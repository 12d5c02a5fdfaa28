import type { Client } from '@temporalio/client';
import { MemberPage } from '../contracts/fleet/fleet-progress.js';
import { FLEET_QUERY, WORKFLOW } from '../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { idsUnderWay, type RunUnderWay } from './ids-under-way.js';

/** Images that a fleet under way has put on its VMs, will put on them, or may put them back onto. */
export interface ImagesOfFleet {
  readonly operationId: string;
  /** Null where it does not tell. */
  readonly images: readonly string[] | null;
}

const PAGE_SIZE = 500;

/**
 * Images of the fleets under way in a region, as the fleets themselves tell them. Which there are only the index knows.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readImagesOfFleets(
  client: Client,
  regionId: string,
  ask: <T>(question: () => Promise<T>) => Promise<T>,
): Promise<ImagesOfFleet[]> {
  const filter = `WorkflowType = '${WORKFLOW.reimageFleet}' AND ${SEARCH_ATTRIBUTE.region.name} = '${regionId}'`;
  const fleets: ImagesOfFleet[] = [];
  for (const run of await idsUnderWay(client, filter, ask)) {
    fleets.push({ operationId: run.workflowId, images: await imagesOf(client, run, ask) });
  }
  return fleets;
}

async function imagesOf(
  client: Client,
  { workflowId, runId }: RunUnderWay,
  ask: <T>(question: () => Promise<T>) => Promise<T>,
): Promise<string[] | null> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const images = new Set<string>();
  try {
    for (let offset: number | null = 0; offset !== null;) {
      const page = { offset, limit: PAGE_SIZE };
      const answer = await ask(() => handle.query<unknown, [object]>(FLEET_QUERY.members, page));
      const { members, nextOffset }: MemberPage = MemberPage.parse(answer);
      for (const { imageId, imageBefore, backupImageId } of members) {
        for (const image of [imageId, imageBefore, backupImageId]) if (image !== null) images.add(image);
      }
      offset = nextOffset;
    }
    return [...images];
  } catch {
    return null; // no worker answers, or not in a way that we can read
  }
}
