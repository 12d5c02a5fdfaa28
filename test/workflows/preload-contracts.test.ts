import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startWorker, WORKFLOW_SOURCES } from '../../temporal/worker/start-worker.js';
import { defer } from '../fixtures/defer.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import type { leaveNote, useEverySchema } from './fixtures/shared-contracts.js';

const CONTRACTS = new URL('../../contracts/', import.meta.url);
const PRELOAD = new URL('../../workflows/preload-contracts.ts', import.meta.url);

const bundling = bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('fixtures/shared-contracts.ts', import.meta.url)),
  preloadModules: WORKFLOW_SOURCES.preloadModules,
  logger: new DefaultLogger('WARN'),
});

/** A worker for workflows that use what they share; it preloads what ours does. */
async function startSharing(t: TestContext) {
  const { client, nativeConnection } = await testTemporal(t);
  const taskQueue = `test-${randomUUID()}`;
  const worker = await startWorker({
    connection: nativeConnection,
    namespace: 'default',
    taskQueue,
    activities: {},
    workflows: { workflowBundle: await bundling },
    limits: { maxCachedWorkflows: 10, maxConcurrentActivities: 10, maxConcurrentWorkflowTasks: 10 },
    shutdownGraceMs: 1_000,
  });
  defer(t, () => worker.stop());
  const start = { taskQueue, workflowExecutionTimeout: '30 s' } as const;
  return {
    useEverySchema: () =>
      client.workflow.execute<typeof useEverySchema>('useEverySchema', { ...start, workflowId: randomUUID() }),
    leaveNote: (note: string) =>
      client.workflow.execute<typeof leaveNote>('leaveNote', { ...start, workflowId: randomUUID(), args: [note] }),
  };
}

describe('what all workflows of a worker share', () => {
  it('is every module of contracts/, save those that need Node', async () => {
    const files = (await readdir(CONTRACTS, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const expected = await Promise.all(
      files.map(async (file) => ((await readFile(new URL(file, CONTRACTS), 'utf8')).includes("'node:") ? [] : [file])),
    );
    const text = await readFile(PRELOAD, 'utf8');
    const imported = [...text.matchAll(/^import \* as (\w+) from '..\/contracts\/(.+)\.js';$/gm)];
    const listed = [...(/CONTRACTS: .*? = \[(.*?)\]/s.exec(text)?.[1] ?? '').matchAll(/\w+/g)];

    assert.deepEqual(new Set(imported.map(([, , file]) => `${file}.ts`)), new Set(expected.flat()));
    assert.deepEqual(new Set(listed.map(([name]) => name)), new Set(imported.map(([, name]) => name)));
  });

  it('can be used, schemas too, and cannot be changed', async (t) => {
    const { useEverySchema } = await startSharing(t);

    const { schemas, ...faults } = await useEverySchema();

    assert.ok(schemas > 50, `${schemas} schemas`);
    assert.deepEqual(faults, { broken: [], changeable: [] });
  });

  it('is one and the same for two workflows', async (t) => {
    const { leaveNote } = await startSharing(t);
    await leaveNote('of the first');

    assert.equal(await leaveNote('of the second'), 'of the first');
  });
});
