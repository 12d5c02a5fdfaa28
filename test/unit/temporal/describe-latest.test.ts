import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { hasEnded } from '../../../temporal/namespace/runs.js';

type Described = Pick<WorkflowExecutionDescription, 'status' | 'closeTime'>;

const ROWS: readonly { name: Described['status']['name']; isClosed: boolean; hasEnded: boolean }[] = [
  { name: 'RUNNING', isClosed: false, hasEnded: false },
  { name: 'CONTINUED_AS_NEW', isClosed: true, hasEnded: false },
  { name: 'COMPLETED', isClosed: true, hasEnded: true },
  { name: 'FAILED', isClosed: true, hasEnded: true },
  { name: 'CANCELLED', isClosed: true, hasEnded: true },
  { name: 'TERMINATED', isClosed: true, hasEnded: true },
  { name: 'TIMED_OUT', isClosed: true, hasEnded: true },
];

describe('a workflow whose latest run is shown', () => {
  for (const row of ROWS)
    it(`as ${row.name} has ${row.hasEnded ? '' : 'not '}ended`, () => {
      const closeTime = row.isClosed ? { closeTime: new Date() } : {};
      const described = { status: { name: row.name, code: 0 }, ...closeTime } as WorkflowExecutionDescription;

      assert.equal(hasEnded(described), row.hasEnded);
    });
});
