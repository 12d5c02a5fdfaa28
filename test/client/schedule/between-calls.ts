import assert from 'node:assert/strict';
import { ReimageClient } from '../../../client/index.js';
import { connectClient } from '../../../temporal/connect.js';
import { defer, type Scope } from '../../fixtures/defer.js';

/** Calls that change a schedule. */
const CHANGES = ['updateSchedule', 'patchSchedule', 'deleteSchedule'] as const;

const ANSWERED_WITHIN_MS = 60_000;

/** The library of somebody whose first change of a schedule another's act comes before, when all was read for it already. */
export async function overtaken(
  scope: Scope,
  { temporal, taskQueue }: ReimageClient,
  act: () => Promise<unknown>,
): Promise<ReimageClient> {
  const address = process.env['REIMAGE_TEST_TEMPORAL_ADDRESS'];
  assert.ok(address !== undefined, 'run by test/run.ts');
  const { namespace } = temporal.options;
  const client = await connectClient({ address, namespace, connectionOptions: { address } });
  defer(scope, () => client.connection.close());
  let acting: Promise<unknown> | null = null;
  const { workflowService } = client.connection;
  for (const name of CHANGES) {
    const call = workflowService[name];
    Object.assign(workflowService, {
      [name]: async (request: object) => {
        acting ??= act();
        await acting;
        // The call has all its time: what the other act takes is none of it.
        return await client.connection.withDeadline(Date.now() + ANSWERED_WITHIN_MS, async () => {
          const answer: unknown = await Reflect.apply(call, workflowService, [request]);
          return answer;
        });
      },
    });
  }
  return await ReimageClient.connect({ client, taskQueue, env: {} });
}
