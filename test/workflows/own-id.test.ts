import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { isFiringOf } from '../../contracts/fleet/fleet-ids.js';
import { FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

const WHEN = '2026-12-01T00:00:00Z';

/** Runs a workflow that must fail as InvalidInput, and returns what it says. */
async function refusalOf({ worker }: Lane, workflow: string, workflowId: string, args: unknown[]): Promise<string> {
  const { client, taskQueue } = worker;
  const failed = await client.workflow
    .execute(workflow, { workflowId, taskQueue, args, workflowExecutionTimeout: '30s' })
    .catch((error: unknown) => error);
  assert.ok(failed instanceof WorkflowFailedError, `${workflow} was refused`);
  assert.ok(failed.cause instanceof ApplicationFailure);
  assert.equal(failed.cause.type, 'InvalidInput', failed.cause.message);
  assert.equal(failed.cause.nonRetryable, true);
  return failed.cause.message;
}

describe('a workflow whose id others rely on', { concurrency: 2 }, () => {
  it('rebuilds a VM under its lock alone: a schedule that adds the time to it erases nothing beside the real one', () =>
    inLane({ status: 'stopped' }, async (lane) => {
      const request = RebuildRequest.parse(requestFor(lane.instanceId));
      const lock = rebuildWorkflowId(request);
      const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
      const handle = await lane.worker.start(request);
      await rebuilding.reached();

      const message = await refusalOf(lane, WORKFLOW.rebuildInstance, `${lock}-${WHEN}`, [request]);
      rebuilding.release();

      assert.ok(message.includes(`must run as ${lock}, not as "${lock}-${WHEN}"`), message);
      assert.match(message, /`reimage schedule create`/);
      assert.equal((await outcomeOf(handle)).outcome, 'done');
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
    }));

  it('asks JD Cloud for nothing under an id of its caller’s own', () =>
    inLane({}, async (lane) => {
      const request = RebuildRequest.parse(requestFor(lane.instanceId));

      await refusalOf(lane, WORKFLOW.rebuildInstance, `portal-${randomUUID()}`, [request]);

      assert.deepEqual(lane.cloud.journal.calls(), []);
    }));

  it('does not pretend to freeze under an id that nobody asks for', () =>
    inLane({}, async (lane) => {
      const message = await refusalOf(lane, WORKFLOW.freeze, `freeze-${randomUUID()}`, []);

      assert.ok(message.includes(FREEZE_WORKFLOW_ID), message);
    }));

  it('fires a schedule under an id only that leads back to it', () =>
    inLane({}, async (lane) => {
      const spec = {
        name: 'web',
        regionId: 'cn-north-1',
        select: { instanceIds: [lane.instanceId] },
        image: { id: 'img-x' },
      };
      const firing = { scheduleId: 'nightly', spec: { ...spec, rebuild: { keyNames: ['ops'] } } };

      const message = await refusalOf(lane, WORKFLOW.scheduledFleet, `mine-${randomUUID()}`, [firing]);

      assert.match(message, /scheduled:cn-north-1:nightly-TIME/);
      assert.deepEqual(lane.cloud.journal.calls(), []);
    }));
});

describe('the id of a firing', () => {
  const nightly = { regionId: 'cn-north-1', scheduleId: 'nightly' };
  const ROWS = [
    { name: 'as Temporal makes it', id: `scheduled:cn-north-1:nightly-${WHEN}`, fits: true },
    { name: 'without a time', id: 'scheduled:cn-north-1:nightly', fits: true },
    { name: 'of another schedule', id: `scheduled:cn-north-1:nightly-db-${WHEN}`, fits: false },
    { name: 'of another region', id: `scheduled:cn-south-1:nightly-${WHEN}`, fits: false },
    { name: 'of no schedule', id: 'nightly', fits: false },
  ];
  for (const { name, id, fits } of ROWS)
    it(`${name} is ${fits ? 'its own' : 'refused'}`, () => assert.equal(isFiringOf(nightly, id), fits));
});
