import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Client } from '@temporalio/client';
import * as z from 'zod';
import { ReimageClient } from '../../client/index.js';
import type { FleetSpecInput } from '../../contracts/fleet/fleet-spec.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { registeredWorkflows } from '../fixtures/registered.js';
import { requestFor } from '../fixtures/requests.js';
import { fleetLane } from './fleet/fleet-lane.js';

const REGION = { regionId: 'cn-north-1' };
const BOB = { by: 'bob', reason: 'for the record' };
const WHO = { requestedBy: 'ana', reason: 'for the record' };

/** Workflows that can be told and asked nothing. */
const SILENT = ['claim', 'listBackups', 'planRebuild', 'pruneBackups', 'reportWorker'];

/** What a worker answers to the query by which Temporal's own tools ask for the messages of a workflow. */
const Definitions = z.array(z.looseObject({ name: z.string().nullish() })).nullish();
const Metadata = z.looseObject({
  definition: z.looseObject({
    signalDefinitions: Definitions,
    queryDefinitions: Definitions,
    updateDefinitions: Definitions,
  }),
});

/** A namespace in which each registered workflow has run once, at least. */
async function afterOneOfEach(t: TestContext) {
  const temporal = await ownNamespace(t);
  const { client } = temporal;
  const { worker, ids } = await fleetLane(t, { size: 2, worker: { temporal } });
  const { taskQueue } = worker;
  const library = await ReimageClient.connect({ client, taskQueue, env: {} });
  const [first = ''] = ids;

  const request = { ...requestFor(first, { imageId: OTHER_IMAGE_ID }), ...WHO, requestId: 'r-1' };
  await library.plan(request);
  await library.wait(await library.start({ ...request, backup: 'image' }));
  await library.wait(await library.rollback({ ...REGION, instanceId: first }, { ...WHO, keyNames: ['ops'] }));
  await library.listBackups(REGION);
  await library.pruneBackups({ ...REGION, keep: 1 });
  await library.freeze(BOB);
  await library.unfreeze(BOB);
  await client.workflow.execute('reportWorker', { taskQueue, workflowId: 'report-worker:1' });
  const fleet: FleetSpecInput = {
    name: 'web',
    ...REGION,
    ...WHO,
    select: { instanceIds: [...ids] },
    image: { id: OTHER_IMAGE_ID },
    rebuild: { keyNames: ['ops'] },
    rollout: { bakeSeconds: 0, approval: { afterCanary: 'never' } },
  };
  await library.fleets.plan(fleet);
  await library.schedules.create({ id: 'weekly', cron: ['0 2 * * 6'], zone: 'Asia/Shanghai', fleet });
  await library.schedules.trigger('weekly', BOB);
  await eventually('the firing has ended', async () => (await doneFirings(client)) === 1, 60_000);
  return client;
}

async function doneFirings(client: Client): Promise<number> {
  const query = "WorkflowType = 'scheduledFleet' AND ExecutionStatus != 'Running'";
  return (await client.workflow.count(query)).count;
}

describe('what Temporal is told by name', () => {
  it('is told by the names that stand in histories', async (t) => {
    const client = await afterOneOfEach(t);
    const messages: Record<string, object> = {};
    const memo: Record<string, string[]> = {};
    const attributes = new Set<string>();
    for await (const { workflowId, runId, type, memo: told = {}, typedSearchAttributes } of client.workflow.list()) {
      const answer = await client.workflow.getHandle(workflowId, runId).query('__temporal_workflow_metadata');
      messages[type] = messagesIn(answer);
      memo[type] = [...new Set([...(memo[type] ?? []), ...Object.keys(told)])].toSorted();
      for (const { key } of typedSearchAttributes.getAll()) if (isOurs(key.name)) attributes.add(key.name);
    }

    assert.deepEqual(Object.keys(messages).toSorted(), await registeredWorkflows());
    assert.deepEqual(messages, {
      ...Object.fromEntries(SILENT.map((workflow) => [workflow, { signals: [], queries: [], updates: [] }])),
      freeze: { signals: [], queries: [], updates: ['renew', 'unfreeze'] },
      planFleet: { signals: [], queries: ['rows'], updates: [] },
      rebuildInstance: { signals: [], queries: ['progress'], updates: ['decide'] },
      reimageFleet: {
        signals: ['memberHoldChanged'],
        queries: ['members', 'summary'],
        updates: ['abort', 'approve', 'pause', 'reject', 'resume', 'retryFailed', 'set', 'skip'],
      },
      scheduledFleet: { signals: ['triggered'], queries: [], updates: [] },
    });
    assert.deepEqual(memo, {
      ...Object.fromEntries([...SILENT, 'planFleet'].map((workflow) => [workflow, []])),
      claim: ['fleetId', 'holder'],
      freeze: ['reason', 'requestedBy'],
      rebuildInstance: ['fleetId', 'reason', 'requestId', 'requestedBy', 'rollbackOf'],
      reimageFleet: ['fleetId', 'planDigest', 'reason', 'requestedBy', 'scheduleId', 'size', 'skipped'],
      scheduledFleet: ['fleetId', 'reason', 'requestedBy', 'scheduleId', 'skipped', 'triggeredBy'],
    });
    assert.deepEqual([...attributes].toSorted(), [
      'ReimageBackup',
      'ReimageFleet',
      'ReimageImage',
      'ReimageInstance',
      'ReimagePhase',
      'ReimageRegion',
      'ReimageRequestId',
      'ReimageRequestedBy',
    ]);
  });
});

/** Those of Temporal itself are not. */
function isOurs(attribute: string): boolean {
  return !/^(Temporal|BuildIds$)/.test(attribute);
}

function messagesIn(answer: unknown) {
  const { signalDefinitions, queryDefinitions, updateDefinitions } = Metadata.parse(answer).definition;
  return {
    signals: namesIn(signalDefinitions),
    queries: namesIn(queryDefinitions),
    updates: namesIn(updateDefinitions),
  };
}

/** Our own names: the SDK has queries for its tools in each workflow. */
function namesIn(definitions: z.output<typeof Definitions>): string[] {
  return (definitions ?? []).flatMap(({ name }) => (name == null || name.startsWith('__') ? [] : [name])).toSorted();
}
