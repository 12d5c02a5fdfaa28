import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { sectionsOf } from '../docs/markdown.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import { AFTER_THE_CALL } from './interference/after-the-call.js';
import { BEFORE_THE_CALL } from './interference/before-the-call.js';
import type { Cell } from './interference/cell.js';

const CELLS = [...BEFORE_THE_CALL, ...AFTER_THE_CALL];

/** A reaction that does not come shows as DeadlineExceeded, not as a test that hangs. */
const BOUNDED = {
  stoppingSeconds: 40,
  backingUpSeconds: 40,
  rebuildingSeconds: 40,
  startingSeconds: 40,
  verifyingSeconds: 40,
};

/** Longest wait for a cell's moment, on a machine with other work. */
const SLOWEST_MS = 120_000;

const NOT_BEGUN = RebuildProgress.parse({
  phase: 'validating',
  since: new Date(0).toISOString(),
  observedStatus: null,
  attempts: 0,
  lastError: null,
  next: '',
  cancelRequestedAt: null,
  timeline: [],
});

/** Waits for the cell's moment and lets someone else act. */
async function interfere({ change, when, act }: Cell, lane: Lane, handle: WorkflowHandle): Promise<void> {
  const progress = async () => RebuildProgress.parse(await handle.query(PROGRESS_QUERY));
  if (typeof when === 'function') await eventually(`someone ${change}`, async () => when(await progress()), SLOWEST_MS);
  else if (when !== undefined) await lane.cloud.waitFor(() => when.cloud(lane), SLOWEST_MS);
  act(lane, typeof when === 'function' ? await progress() : NOT_BEGUN);
}

function statusOf({ cloud, instanceId }: Lane): string | null {
  try {
    return cloud.vm(instanceId).status;
  } catch {
    return null;
  }
}

async function run(cell: Cell, lane: Lane) {
  const { worker, cloud, instanceId } = lane;
  for (const fault of cell.faults ?? []) cloud.addFault(fault);
  if (cell.when === undefined) {
    cell.act(lane, NOT_BEGUN);
    if (cell.status === null) await eventually('the VM is gone', () => statusOf(lane) === null);
  }
  const handle = await worker.start(
    requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines: BOUNDED, ...cell.request }),
  );
  const { arm } = cell;
  if (arm !== undefined) {
    await cloud.waitFor(() => arm.when(lane), SLOWEST_MS);
    cloud.addFault(arm.fault);
  }
  if (cell.startsOnce !== undefined) {
    await cloud.waitFor(() => cell.startsOnce?.(lane) === true, SLOWEST_MS);
    cloud.act.release(instanceId);
  }
  if (cell.when !== undefined) await interfere(cell, lane, handle);
  if (cell.retries) {
    await eventually('the VM is at rest', () => [null, 'running', 'stopped'].includes(statusOf(lane)));
    await handle.executeUpdate(DECIDE_UPDATE, { args: [{ decision: 'retry', reason: 'as planned', by: 'ana' }] });
  }
  return outcomeOf(handle);
}

describe('someone else acts on the VM', { concurrency: 4 }, () => {
  for (const cell of CELLS)
    it(`${cell.phase}: someone ${cell.change} -> ${cell.reaction}`, () =>
      inLane(cell.lane ?? {}, async (lane) => {
        const result = await run(cell, lane);

        assert.equal(result.failure?.type ?? null, cell.type, result.failure?.message);
        if (cell.tells !== undefined)
          assert.deepEqual(
            result.failures?.map(({ type }) => type),
            cell.tells,
          );
        const asked = lane.cloud.journal.calls({ instanceId: lane.instanceId });
        const changes = asked.filter(
          ({ operation, httpStatus }) => !operation.startsWith('describe') && httpStatus === 200,
        );
        assert.deepEqual(
          changes.map(({ operation }) => operation),
          cell.calls,
          'nothing is fought over',
        );
        await eventually(`the VM ends ${cell.status}`, () => statusOf(lane) === cell.status);
        if (cell.status !== null && cell.type !== 'ConcurrentChange') assert.equal(result.power.after, cell.status);
      }));

  it('is described in docs/proof.md, cell by cell', async () => {
    const page = await readFile(new URL('../../docs/proof.md', import.meta.url), 'utf8');
    const section = sectionsOf(page).get('When someone else acts on the VM') ?? '';
    const rows = section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((field) => field.trim().replaceAll('`', '')));
    assert.deepEqual(
      rows.map(([, phase, change, reaction]) => [phase, change, reaction]),
      CELLS.map(({ phase, change, reaction }) => [phase, change, reaction]),
    );
  });
});
