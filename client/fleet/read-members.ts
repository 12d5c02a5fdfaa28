import { MemberPage, type MemberProgress, type MemberQuery } from '../../contracts/fleet/fleet-progress.js';
import type * as z from 'zod';
import { FLEET_QUERY } from '../../contracts/names.js';
import type { ClientContext } from '../client-context.js';
import { type Query, queryRun } from '../query-run.js';
import { failureOf, toReimageError } from '../reimage-errors.js';
import type { FleetOperation } from './fleet-operation.js';

/** Which VMs of a fleet: those in one of these states, or all. */
export type MembersFilter = Pick<z.input<typeof MemberQuery>, 'states'>;

/** A page may have to wait for a worker that replays the fleet first. */
const PAGE_TIMEOUT_MS = 30_000;
const PAGE_SIZE = 500;

/** All VMs of a fleet, or those in some states, in the order in which they are taken. @throws ReimageUnreachableError (also: no worker) */
export async function readMembers(
  context: ClientContext,
  { operationId, runId }: Pick<FleetOperation, 'operationId' | 'runId'>,
  { states }: MembersFilter = {},
): Promise<MemberProgress[]> {
  const handle = context.client.workflow.getHandle(operationId, runId);
  const members: MemberProgress[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const query: z.input<typeof MemberQuery> = {
      offset,
      limit: PAGE_SIZE,
      ...(states !== undefined && { states: [...states] }),
    };
    const what = `the VMs of ${operationId} from ${offset} on`;
    const asked: Query = { handle, queryType: FLEET_QUERY.members, args: [query], what, timeoutMs: PAGE_TIMEOUT_MS };
    const page: MemberPage = parsePage(await queryRun(context, asked), operationId);
    members.push(...page.members);
    offset = page.nextOffset;
  }
  return members;
}

function parsePage(answer: unknown, operationId: string): MemberPage {
  const page = MemberPage.safeParse(answer);
  if (page.success) return page.data;
  const message = `The worker's answer on the VMs of ${operationId} is one that this version of Reimage cannot read.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}
