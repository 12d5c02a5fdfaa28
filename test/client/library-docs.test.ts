import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { Operation } from '../../client/rebuilds/operation.js';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

const instanceId = uniqueVmId();
const scope = { after };
const cloud = await startSimulator({
  state: region({ vms: [vm(instanceId)] }),
  compress: 100,
  faults: [{ operation: 'stopInstance', instanceId, kind: { outcome: 'stuck' } }],
});
defer(scope, () => cloud.close());
const { taskQueue, client } = await startTestWorker(scope, { cloud });

/** The portal of docs/library.md as a file, with our sources in place of the package. */
async function portalFile(t: TestContext): Promise<string> {
  const page = await readFile(join(ROOT, 'docs/library.md'), 'utf8');
  const [, code] = /^```ts portal\n([^]*?)^```/m.exec(page) ?? [];
  assert.ok(code, 'docs/library.md holds a block that begins with "```ts portal"');
  const folder = await mkdtemp(join(tmpdir(), 'reimage-docs-'));
  defer(t, () => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'portal.mts');
  await writeFile(file, code.replace("'reimage'", JSON.stringify(join(ROOT, 'client/index.js'))));
  return file;
}

async function startPortal(t: TestContext) {
  assert.ok(client.connection instanceof Connection);
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    PORT: '0',
    TEMPORAL_ADDRESS: client.connection.options.address,
    REIMAGE_TASK_QUEUE: taskQueue,
  };
  const tsx = require.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, await portalFile(t)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  defer(t, () => void child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await eventually('the portal listens', () => /port: \d+/.test(stdout));
  const port = /port: (\d+)/.exec(stdout)?.[1];
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`http://localhost:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { child, ask };
}

describe('the ops portal of docs/library.md', () => {
  it('is right by its types', async (t) => {
    const file = await portalFile(t);
    const project = join(dirname(file), 'tsconfig.json');
    const compilerOptions = { typeRoots: [join(ROOT, 'node_modules/@types')], noEmit: true };
    await writeFile(project, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, files: [file] }));
    const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  it('starts once a ticket, shows, refuses and cancels', async (t) => {
    const { child, ask } = await startPortal(t);
    const path = `/vms/cn-north-1/${instanceId}`;
    const body = { regionId: 'cn-north-1', instanceId, keyNames: ['ops'] };
    assert.deepEqual((await ask('GET', path)).status, 404);
    assert.deepEqual((await ask('POST', '/tickets/T-1/reimage', { ...body, keyNames: [] })).status, 400);

    const first = await ask('POST', '/tickets/T-1/reimage', body);
    assert.equal(first.status, 202);
    const again = await ask('POST', '/tickets/T-1/reimage', body);
    assert.equal(again.body['runId'], first.body['runId']);
    const busy = await ask('POST', '/tickets/T-2/reimage', body);
    assert.deepEqual([busy.status, busy.body['type']], [409, 'OperationInProgress']);
    assert.equal((busy.body['holder'] as { requestedBy: string }).requestedBy, 'ops portal');

    await cloud.waitFor(() => cloud.vm(instanceId).status === 'stopping', 120_000);
    assert.equal((await ask('DELETE', path)).status, 202);
    cloud.act.release(instanceId);
    await eventually('it is cancelled', async () => (await ask('GET', path)).body['status'] === 'cancelled');
    const operation = Operation.parse((await ask('GET', path)).body);
    assert.deepEqual([operation.result?.outcome, operation.requestId], ['cancelled', 'T-1']);

    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    assert.equal(await gone, 0);
  });
});
