import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import * as z from 'zod';
import { WORKFLOW } from '../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { idsUnderWay, type RunUnderWay } from './ids-under-way.js';
import { inTurns } from './in-turns.js';

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
