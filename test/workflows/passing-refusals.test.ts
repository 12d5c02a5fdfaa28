import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { inLane, type Lane, type LaneOptions } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import { assertTold, decide, untilHeld } from './way-out-run.js';

/** So slow that each passing status lasts for a moment. */
const SLOW: LaneOptions = {
  timing: { stopping: 200_000, rebuilding: 200_000, starting: 200_000, creatingImage: 200_000 },
  worker: { timing: { settleMs: 500 } },
};

/** More in a row than a refusal is believed by where it is final. */
const REFUSED_CALLS = 5;

const START_REFUSED: FaultRule = { operation: 'startInstance', kind: { status: 400, code: 'INVALID_ARGUMENT' } };

interface Outage {
  /** What is under way when JD Cloud begins to refuse everything. */
  readonly name: string;
  readonly request?: Partial<RebuildRequestInput>;
  readonly fault?: FaultRule;
  /** Whether it is time; null: when the rebuild is held, and it is decided to go on then. */
  readonly begins: ((cloud: Simulator, instanceId: string) => boolean) | null;
  readonly cancel?: true;
  readonly ends?: 'done' | 'RolledBack' | 'Cancelled';
  readonly erases?: number;
}

const is = (status: string) => (cloud: Simulator, id: string) => cloud.vm(id).status === status;
const after =
  (operation: string, times = 1) =>
  ({ journal }: Simulator, id: string) =>
    journal.effective(operation, id) === times;

const OUTAGES: readonly Outage[] = [
  { name: 'stopping', begins: is('stopping') },
  { name: 'the making of a backup', request: { backup: 'image' }, begins: after('createImage') },
  { name: 'the moment before a backup', request: { backup: 'image' }, begins: is('stopped') },
  { name: 'the moment before the rebuild call', begins: is('stopped') },
  { name: 'rebuilding', begins: is('rebuilding') },
  {
    name: 'the moment before the start',
    begins: (cloud, id) => after('rebuildInstance')(cloud, id) && is('stopped')(cloud, id),
  },
  { name: 'starting', begins: is('starting') },
  { name: 'verifying', begins: (cloud, id) => after('startInstance')(cloud, id) && is('running')(cloud, id) },
  {
    name: 'the search for a call whose answer was lost',
    fault: { operation: 'rebuildInstance', kind: { status: 500, when: 'after' } },
    begins: after('rebuildInstance'),
  },
  { name: 'the return of the power state', cancel: true, begins: is('stopping'), ends: 'Cancelled', erases: 0 },
  {
    name: 'the moment before putting back',
    request: { onFailure: 'rollback' },
    fault: START_REFUSED,
    begins: ({ journal }) => journal.calls({ operation: 'startInstance' }).length > 0,
    ends: 'RolledBack',
    erases: 2,
  },
  {
    name: 'putting back',
    request: { onFailure: 'rollback' },
    fault: START_REFUSED,
    begins: after('rebuildInstance', 2),
    ends: 'RolledBack',
    erases: 2,
  },
  { name: 'a hold, and its end', request: { onFailure: 'hold' }, fault: START_REFUSED, begins: null },
];

/** JD Cloud refuses all calls, until it has done so for a while, and something was done meanwhile. */
async function refuseForAWhile({ cloud }: Lane, status: 401 | 403, meanwhile: () => Promise<void>): Promise<void> {
  const refused = () => cloud.journal.calls().filter(({ httpStatus }) => httpStatus === status).length;
  cloud.addFault({ operation: '*', times: 'always', kind: { status, message: 'token expired', when: 'before' } });
  await meanwhile();
  await cloud.waitFor(() => refused() >= REFUSED_CALLS, 120_000);
  cloud.clearFaults();
}

async function meetOutage(lane: Lane, outage: Outage, handle: WorkflowHandle, status: 401 | 403): Promise<void> {
  const { cloud, instanceId } = lane;
  const { begins, cancel } = outage;
  if (begins === null) await untilHeld(handle);
  else await cloud.waitFor(() => begins(cloud, instanceId), 120_000);
  await refuseForAWhile(lane, status, async () => {
    if (begins === null) await decide(handle, 'retry');
    if (cancel === true) await handle.cancel();
  });
}

describe('once the VM has been touched, a refusal of the account is an outage', { concurrency: 4 }, () => {
  for (const outage of OUTAGES) {
    for (const status of [401, 403] as const) {
      it(`${status} during ${outage.name}: the rebuild goes on when it is over`, () =>
        inLane(SLOW, async (lane) => {
          const { cloud, worker, instanceId } = lane;
          const { request = {}, fault, ends = 'done', erases = 1 } = outage;
          if (fault !== undefined) cloud.addFault(fault);
          const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, ...request }));
          await meetOutage(lane, outage, handle, status);

          const result = await outcomeOf(handle);

          assert.equal(result.failure?.type ?? result.outcome, ends, result.failure?.message);
          assert.equal(cloud.journal.effective('rebuildInstance', instanceId), erases);
          assert.equal(cloud.vm(instanceId).status, 'running');
          assertTold(lane, result);
        }));
    }
  }
});
