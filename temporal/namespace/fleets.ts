import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import * as z from 'zod';
import type { Claim, ClaimToMake, FleetHolder } from '../../contracts/fleet-failures.js';
import { type FleetLock, fleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { MemberPage } from '../../contracts/fleet/fleet-progress.js';
import { FLEET_QUERY, MEMO, WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import {
  describeLatest,
  describeRunOrNull,
  firstRunIdOf,
  hasEnded,
  idsUnderWay,
  inTurns,
  type RunUnderWay,
} from './runs.js';

/** The VMs of a fleet under way, those that it is done with too. */
export interface MembersOfFleet {
  readonly operationId: string;
  /** Null where they cannot be read, as with another key. */
  readonly instanceIds: readonly string[] | null;
}

type Ask = <T>(question: () => Promise<T>) => Promise<T>;

const Started = z.looseObject({ members: z.looseObject({ instanceIds: z.array(z.string()) }) });

/**
 * The VMs of the fleets under way in a region, from what their runs were started with: no worker of theirs has to answer.
 * Which fleets there are the index knows, which lags by a moment.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readMembersOfFleets(client: Client, regionId: string, ask: Ask): Promise<MembersOfFleet[]> {
  const filter = `WorkflowType = '${WORKFLOW.reimageFleet}' AND ${SEARCH_ATTRIBUTE.region.name} = '${regionId}'`;
  const runs = await idsUnderWay(client, filter, ask);
  return await inTurns(runs, async (run) => ({
    operationId: run.workflowId,
    instanceIds: await ask(() => readMembers(client, run)),
  }));
}

async function readMembers({ options, workflowService }: Client, execution: RunUnderWay): Promise<string[] | null> {
  const asked = { namespace: options.namespace, execution, maximumPageSize: 1 };
  const { history } = await workflowService.getWorkflowExecutionHistory(asked);
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  try {
    const [input] = await decodeArrayFromPayloads(options.loadedDataConverter, started?.input?.payloads);
    return Started.parse(input).members.instanceIds;
  } catch {
    return null; // another key, or no fleet of ours
  }
}

/**
 * Makes a claim, unless there is one: the server lets one workflow of that id be, running or ended.
 * @param taskQueue - whose workers end it
 * @returns whose the claim is now
 * @throws what the client throws when the namespace cannot be asked
 */
export async function makeClaim(
  client: Client,
  { claimId, holder, fleetId }: ClaimToMake,
  taskQueue: string,
): Promise<Claim> {
  try {
    await client.workflow.start(WORKFLOW.claim, {
      workflowId: claimId,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      taskQueue,
      args: [],
      memo: { [MEMO.holder]: holder, [MEMO.fleetId]: fleetId },
      staticSummary: `used by fleet ${fleetId}`,
    });
    return { holder, fleetId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const claim = await readClaim(client, claimId);
  if (claim !== null) return claim;
  throw new Error(`${claimId} was there, and the namespace has forgotten it meanwhile`);
}

/**
 * Whose a claim is, from the server's own state; null where nobody has made it, or the namespace has forgotten it.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readClaim(client: Client, claimId: string): Promise<Claim | null> {
  const description = await describeRunOrNull(client, claimId);
  if (description === null) return null;
  const { memo } = description;
  return { holder: textOf(memo?.[MEMO.holder]), fleetId: textOf(memo?.[MEMO.fleetId]) };
}

/** Stands for who has made a claim by hand, or one that cannot be read here: nobody who is known. */
export const UNKNOWN = 'unknown';

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : UNKNOWN;
}

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

/**
 * The fleet that holds a name in a region, from the server's own state and not from its index; null where none runs.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFleetLock(client: Client, lock: FleetLock): Promise<FleetHolder | null> {
  const operationId = fleetWorkflowId(lock);
  const description = await describeLatest(client, operationId);
  if (description === null || hasEnded(description)) return null;
  const { runId, memo, typedSearchAttributes: attributes } = description;
  const text = (key: string) => (typeof memo?.[key] === 'string' ? memo[key] : null);
  return {
    operationId,
    runId,
    fleetId: attributes.get(SEARCH_ATTRIBUTE.fleet) ?? text(MEMO.fleetId) ?? lock.name,
    requestedBy: text(MEMO.requestedBy) ?? attributes.get(SEARCH_ATTRIBUTE.requestedBy) ?? null,
    scheduleId: text(MEMO.scheduleId),
    since: (await startOf(client, description)).toISOString(),
    status: attributes.get(SEARCH_ATTRIBUTE.phase) ?? 'waiting',
  };
}

/** When the first run began. */
async function startOf(client: Client, description: WorkflowExecutionDescription): Promise<Date> {
  const firstRunId = firstRunIdOf(description);
  if (firstRunId === description.runId) return description.startTime;
  const first = await describeRunOrNull(client, description.workflowId, firstRunId);
  return (first ?? description).startTime;
}
