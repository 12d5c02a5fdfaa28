import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { ReimageClient } from '../../client/reimage-client.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { PROGRESS_QUERY, WORKFLOW } from '../../contracts/names.js';
import { OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import type { FaultKind } from '../../simulator/model/fault-rule.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { freePort } from '../../temporal/dev-server/dev-server.js';
import { startCli } from '../client/cli/spawn-cli.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { inLane } from '../fixtures/lane.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startWorkerProcess } from '../process/worker-process.js';

/** A way for a rebuild with a password to go. Each has a password of its own. */
type Way = Outcome & (Found | Generated);
interface Found {
  readonly scheme: 'env' | 'file' | 'exec';
  readonly secret: string;
}
interface Generated {
  readonly scheme: 'generate:file' | 'generate:exec';
}
interface Outcome {
  readonly name: string;
  readonly fault?: FaultKind;
  readonly outcome: 'done' | 'failed';
  /** Whether JD Cloud performed the call. */
  readonly performed: boolean;
}

const echo = (secret: string) => `The password ${secret} is not to our taste`;
const REFUSED = 'Zx9!"kT2#mR';
const FAULTY = 'Zx9!"kT2#mF';

const WAYS: readonly Way[] = [
  { name: 'env', scheme: 'env', secret: 'Zx9!"kT2#mE', outcome: 'done', performed: true },
  { name: 'file', scheme: 'file', secret: 'Zx9!"kT2#mL', outcome: 'done', performed: true },
  { name: 'exec', scheme: 'exec', secret: 'Zx9!"kT2#mX', outcome: 'done', performed: true },
  { name: 'generated, into a file', scheme: 'generate:file', outcome: 'done', performed: true },
  {
    name: 'generated, for a command, and the answer lost',
    scheme: 'generate:exec',
    fault: { drop: 'after' },
    outcome: 'done',
    performed: true,
  },
  {
    name: 'refused with an answer that echoes it',
    scheme: 'env',
    secret: REFUSED,
    fault: { status: 400, code: 'INVALID_ARGUMENT', message: echo(REFUSED), when: 'before' },
    outcome: 'failed',
    performed: false,
  },
  {
    name: 'answered 500 that echoes it after it was done',
    scheme: 'file',
    secret: FAULTY,
    fault: { status: 500, message: echo(FAULTY), when: 'after' },
    outcome: 'done',
    performed: true,
  },
  {
    name: 'a rebuild that ends in error',
    scheme: 'exec',
    secret: 'Zx9!"kT2#mB',
    outcome: 'failed',
    performed: true,
  },
];

/** What a secret looks like where it was quoted or encoded on its way. */
function guises(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    inJson,
    JSON.stringify(inJson).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ];
}

function assertHides(where: string, text: string, secret: string): void {
  for (const guise of guises(secret)) assert.ok(!text.includes(guise), `${where} holds ${guise}: ${text}`);
}

/** Text with every base64 payload in it decoded beside it. */
function decoded(text: string): string {
  const payloads = [...text.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) => data);
  return [text, ...payloads.map((data) => Buffer.from(data, 'base64').toString('utf8'))].join('\n');
}

/** Puts the secret where its reference will find it, or makes room for it. `reveal` tells it once it is there. */
async function keep(t: TestContext, way: Way) {
  const name = `REIMAGE_SECRET_${randomUUID().replaceAll('-', '')}`;
  const directory = await mkdtemp(join(tmpdir(), 'reimage-secret-'));
  defer(t, () => rm(directory, { recursive: true }));
  const path = join(directory, 'password');
  if (!('secret' in way)) {
    const ref = way.scheme === 'generate:file' ? `generate:file:${path}` : `generate:exec:tee ${path}`;
    return { ref, env: {}, reveal: () => readFile(path, 'utf8') };
  }
  const { scheme, secret } = way;
  const reveal = async () => secret;
  if (scheme === 'env') return { ref: `env:${name}`, env: { [name]: secret }, reveal };
  await writeFile(path, `${secret}\n`);
  await chmod(path, 0o600);
  return { ref: scheme === 'file' ? `file:${path}` : `exec:cat ${path}`, env: {}, reveal };
}

/** Everything that Temporal shows of a rebuild under way: heartbeats, memo, search attributes, query, current details. */
async function lookInside(handle: WorkflowHandle): Promise<string> {
  const { raw, memo, typedSearchAttributes } = await handle.describe();
  const beats = (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []);
  const shown = [
    ...beats.map(({ data }) => Buffer.from(data ?? []).toString('utf8')),
    inspect(raw.pendingActivities, { depth: null }),
    JSON.stringify(raw.workflowExecutionInfo?.memo),
    JSON.stringify(memo),
    JSON.stringify(typedSearchAttributes),
    JSON.stringify(await handle.query(PROGRESS_QUERY)),
    JSON.stringify(await handle.query('__temporal_workflow_metadata')),
    JSON.stringify(await handle.query('__stack_trace')),
  ];
  return decoded(shown.join('\n'));
}

type World = Awaited<ReturnType<typeof setUp>>;

async function setUp(t: TestContext) {
  const ways = await Promise.all(
    WAYS.map(async (way) => ({ ...way, ...(await keep(t, way)), instanceId: uniqueVmId() })),
  );
  const cloud = await startSimulator({
    compress: 30,
    state: region({ vms: ways.map(({ instanceId }) => vm(instanceId)) }),
    faults: ways.flatMap(({ fault, instanceId }) =>
      fault === undefined ? [] : [{ operation: 'rebuildInstance', instanceId, kind: fault }],
    ),
  });
  for (const { performed, instanceId } of ways) if (performed) holdTransition(cloud, 'rebuildInstance', { instanceId });
  defer(t, () => cloud.close());
  const { client, settings } = await testTemporal(t);
  const taskQueue = `test-${randomUUID()}`;
  const port = await freePort();
  const worker = await startWorkerProcess(t, {
    cloud,
    address: settings.address,
    taskQueue,
    env: {
      ...Object.assign({}, ...ways.map(({ env }) => env)),
      REIMAGE_LOG_LEVEL: 'trace',
      REIMAGE_METRICS_PORT: String(port),
    },
  });
  const cliEnv = { TEMPORAL_ADDRESS: settings.address, REIMAGE_TASK_QUEUE: taskQueue, JDCLOUD_REGION: 'cn-north-1' };
  return { ways, cloud, client, taskQueue, worker, cliEnv, metricsUrl: `http://127.0.0.1:${port}/metrics` };
}

async function hidesEverywhere(t: TestContext, world: World) {
  const { ways, cloud, client, worker, cliEnv, metricsUrl } = world;
  const outputs = await Promise.all(
    ways.map(async ({ name, instanceId, ref, reveal, outcome, performed }) => {
      const argv = ['rebuild', instanceId, '--image', OTHER_IMAGE_ID, '--password-from', ref, '--yes'];
      const cli = startCli([...argv, '--output', 'json'], cliEnv);
      defer(t, () => cli.signal('SIGKILL'));
      const handle = client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId }));
      if (performed) {
        await eventually(`${name} was performed`, () => cloud.journal.effective('rebuildInstance', instanceId) === 1);
        await eventually('it heartbeats', async () => /"observed"/.test(await lookInside(handle)));
        const inside = await lookInside(handle);
        assertHides(`${name}: Temporal, under way`, inside, await reveal());
        assert.match(inside, /cn-north-1/);
        if (outcome === 'done') cloud.act.release(instanceId);
        else cloud.act.setStatus(instanceId, 'error');
      }
      const { stdout, stderr, exitCode } = await cli.ended;
      assert.equal(exitCode, outcome === 'done' ? 0 : 3, stderr);
      const secret = await reveal();
      const history = decoded(historyToJSON(await handle.fetchHistory()));
      assert.ok(history.includes(ref), 'the payloads were decoded: the reference is in them');
      assertHides(`${name}: history`, history, secret);
      assertHides(`${name}: Temporal, at the end`, await lookInside(handle), secret);
      assert.equal(JSON.parse(stdout).outcome, outcome);
      // The simulator sets the password once the rebuild has gone well.
      const expected = outcome === 'done' ? createHash('sha256').update(secret).digest('hex') : null;
      assert.equal(cloud.vm(instanceId).passwordSha256, expected, `${name}: the VM has it`);
      return `${stdout}\n${stderr}`;
    }),
  );
  const [status, list] = await Promise.all([
    startCli(['status', ways.find(({ name }) => name.startsWith('refused'))?.instanceId ?? ''], cliEnv).ended,
    startCli(['list', '--output', 'json'], cliEnv).ended,
  ]);
  const metrics = await (await fetch(metricsUrl)).text();
  const everything = [
    { where: 'the log of the worker', text: decoded(worker.output()), holds: /rebuildInstance/ },
    { where: 'the metrics', text: metrics, holds: /reimage_jdcloud_calls_total\{operation="rebuildInstance"/ },
    { where: 'the output of rebuild', text: outputs.join('\n'), holds: /"outcome":"failed"/ },
    { where: 'the output of status', text: status.stdout + status.stderr, holds: /JdCloudRefused/ },
    { where: 'the output of list', text: list.stdout + list.stderr, holds: /rebuild:cn-north-1/ },
  ];
  const secrets = await Promise.all(ways.map(({ reveal }) => reveal()));
  for (const { where, text, holds } of everything) {
    assert.match(text, holds, where);
    for (const secret of secrets) assertHides(where, text, secret);
  }
}

async function refusesMisplaced(t: TestContext, world: World) {
  const { ways, cloud, client, taskQueue, worker, cliEnv } = world;
  const secret = 'Zx9!"kT2#mO';
  const instanceId = ways[0]?.instanceId ?? '';
  const misplaced = { ...requestFor(instanceId), passwordRef: secret };

  const cli = startCli(['rebuild', instanceId, '--password-from', secret, '--yes', '--output', 'json'], cliEnv);
  defer(t, () => cli.signal('SIGKILL'));
  const { exitCode, stdout, stderr } = await cli.ended;
  assert.equal(exitCode, 2);
  assert.match(stdout, /InvalidInput/);
  assertHides('the output of the CLI', stdout + stderr, secret);

  await using library = await ReimageClient.connect({ client, taskQueue });
  const told = await library.start(misplaced).catch((error: unknown) => error);
  assert.match(inspect(told), /ReimageInvalidInputError.*passwordRef/s);
  assertHides('the error of the library', inspect(told, { depth: null, showHidden: true }), secret);

  for (const type of [WORKFLOW.rebuildInstance, WORKFLOW.planRebuild]) {
    const options = { workflowId: `test-${randomUUID()}`, taskQueue, args: [misplaced] };
    const failed = await client.workflow.execute(type, options).catch((error: unknown) => error);
    assert.match(inspect(failed, { depth: null }), /passwordRef.*InvalidInput/s);
    assertHides(`the failure of ${type}`, inspect(failed, { depth: null, showHidden: true }), secret);
  }
  assertHides('the log of the worker', worker.output(), secret);
  assert.equal(cloud.journal.calls({ instanceId }).length, 0);
}

describe('a password given by reference', () => {
  it('is masked also where JD Cloud quotes the body that we sent', () => {
    const fault: FaultKind = {
      status: 400,
      code: 'INVALID_ARGUMENT',
      message: `Bad body ${JSON.stringify({ password: REFUSED })}`,
      when: 'before',
    };
    return inLane({ worker: { env: { PASSWORD: REFUSED } } }, async ({ cloud, worker, instanceId }) => {
      cloud.addFault({ operation: 'rebuildInstance', kind: fault });
      const result = await worker.execute(requestFor(instanceId, { passwordRef: 'env:PASSWORD' }));

      assert.match(result.failure?.message ?? '', /Bad body/);
      assertHides('the failure', JSON.stringify(result), REFUSED);
    });
  });

  it('shows nowhere', async (t) => {
    const world = await setUp(t);
    await t.test('the password itself in place of a reference is refused without a word of it', (inner) =>
      refusesMisplaced(inner, world),
    );
    await t.test('reaches JD Cloud and is seen nowhere else, however the rebuild goes', (inner) =>
      hidesEverywhere(inner, world),
    );
  });
});
