import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { operationDigest } from '../../../../activities/checks/metadata.js';
import { createOperationActivities } from '../../../../activities/fleet/operation-activities.js';
import type { LastRebuild } from '../../../../activities/runtime/namespace.js';
import { DEFAULT_TIMING } from '../../../../activities/runtime/time.js';
import { UNKNOWN_OPERATION } from '../../../../contracts/names.js';
import { InstanceCustomData } from '../../../../jdcloud/schemas.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-1' };
const TRIED_AT = '2026-11-30T02:00:10.000Z';
const HOLDER: LastRebuild = { startedAt: '2026-11-30T02:00:00.000Z', marker: 'ticket-2' };

/** What is found of a VM that carries a marker, or none, and whose lock somebody holds, or nobody. */
async function found(marker: string | null, lastRebuild: () => Promise<LastRebuild | null>): Promise<string> {
  const metadata = marker === null ? [] : [{ key: 'reimage-operation', value: marker }];
  const activities = createOperationActivities({
    reader: { customData: async () => InstanceCustomData.parse({ instanceId: 'i-1', metadata }) },
    namespace: { lastRebuild },
    timing: DEFAULT_TIMING,
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return await environment.run(() => activities.readLastOperation({ vm: VM, triedAt: TRIED_AT }));
}

const ROWS = [
  {
    name: 'an older operation, where the holder has erased nothing',
    marker: 'ticket-1',
    holder: HOLDER,
    is: 'ticket-1',
  },
  { name: 'none, where it was never rebuilt', marker: null, holder: HOLDER, is: null },
  { name: 'unknown, where it is the holder', marker: 'ticket-2', holder: HOLDER },
  { name: 'unknown, where the holder has put it back', marker: 'ticket-2:rollback-1', holder: HOLDER },
  {
    name: 'unknown, where the lock has changed hands since: the one before may have erased it',
    marker: 'ticket-1',
    holder: { ...HOLDER, startedAt: '2026-11-30T02:00:10.001Z' },
  },
  { name: 'unknown, where the namespace knows no holder', marker: 'ticket-1', holder: null },
] as const;

describe('the last operation of a busy VM', () => {
  for (const row of ROWS) {
    it(`is ${row.name}`, async () => {
      const expected = 'is' in row ? operationDigest(row.is) : UNKNOWN_OPERATION;
      assert.equal(await found(row.marker, async () => row.holder), expected);
    });
  }

  it('is asked for again, where the namespace does not answer', async () => {
    await assert.rejects(
      found('ticket-1', () => Promise.reject(new Error('14 UNAVAILABLE'))),
      (error: unknown) =>
        error instanceof ApplicationFailure && error.type === 'TemporalUnreachable' && error.nonRetryable !== true,
    );
  });
});
