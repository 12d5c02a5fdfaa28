import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import proto from '@temporalio/proto';
import { WORKFLOW } from '../../contracts/names.js';
import { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { RebuildRequest, type RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultKind } from '../../simulator/model/fault-rule.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

const { PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: CANCEL_REQUESTED } = proto.temporal.api.enums.v1.PendingActivityState;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A lane with a directory for its sink. */
function inSinkLane(row: (lane: Lane & { directory: string }) => Promise<void>): Promise<void> {
  return inLane({ worker: { env: { PATH: process.env['PATH'] } } }, async (lane) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-sink-'));
    try {
      await row({ ...lane, directory });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}

function generating(instanceId: string, passwordRef: string): RebuildRequestInput {
  return requestFor(instanceId, { imageId: OTHER_IMAGE_ID, keyNames: [], passwordRef });
}

/** A command that adds what it is given to a file, a line each time. @returns its reference, and what reads the lines */
async function sinkIn(directory: string, more = '') {
  const path = join(directory, 'taken');
  const program = join(directory, 'sink.cjs');
  const code = `
    const { appendFileSync, existsSync, readFileSync } = require('node:fs');
    const { REIMAGE_SINK_REGION: region, REIMAGE_SINK_INSTANCE: instance } = process.env;
    appendFileSync('${path}', [region, instance, readFileSync(0, 'utf8')].join(' ') + '\\n');
    ${more}`;
  await writeFile(program, code);
  const taken = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  return { ref: `generate:exec:${process.execPath} ${program}`, taken };
}

const rebuildCalls = ({ cloud, instanceId }: Lane) => cloud.journal.calls({ operation: 'rebuildInstance', instanceId });

/** What becomes of the first rebuild call, and how many passwords that takes. The last is the one in effect. */
const ANSWERS: readonly { name: string; kind: FaultKind | null; handed: number }[] = [
  { name: 'is answered', kind: null, handed: 1 },
  { name: 'is answered 503 before performing', kind: { status: 503, when: 'before' }, handed: 2 },
  { name: 'is lost before performing', kind: { drop: 'before' }, handed: 2 },
  { name: 'is throttled', kind: { throttle: true }, handed: 2 },
  { name: 'is answered 503 after performing', kind: { status: 503, when: 'after' }, handed: 1 },
  { name: 'is performed and its answer lost', kind: { drop: 'after' }, handed: 1 },
];

describe('a generated password', { concurrency: 4 }, () => {
  for (const { name, kind, handed } of ANSWERS) {
    it(`given a rebuild call that ${name}, then the file holds the password in effect`, () =>
      inSinkLane(async ({ cloud, worker, instanceId, directory }) => {
        if (kind !== null) cloud.addFault({ operation: 'rebuildInstance', instanceId, kind });
        const result = await worker.execute(
          generating(instanceId, `generate:file:${directory}/{regionId}-{instanceId}`),
        );

        const path = join(directory, `cn-north-1-${instanceId}`);
        assert.equal(result.outcome, 'done', result.failure?.message);
        assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
        assert.equal(cloud.vm(instanceId).passwordSha256, sha256(await readFile(path, 'utf8')));
        assert.equal((await readdir(directory)).length, handed, 'what an earlier attempt handed over is kept too');
      }));

    it(`given a rebuild call that ${name}, then the last password that the command got is in effect`, () =>
      inSinkLane(async ({ cloud, worker, instanceId, directory }) => {
        if (kind !== null) cloud.addFault({ operation: 'rebuildInstance', instanceId, kind });
        const { ref, taken } = await sinkIn(directory);
        const result = await worker.execute(generating(instanceId, ref));

        assert.equal(result.outcome, 'done', result.failure?.message);
        const lines = (await taken()).map((line) => line.split(' '));
        assert.equal(lines.length, handed);
        for (const [region, instance] of lines) assert.deepEqual([region, instance], ['cn-north-1', instanceId]);
        assert.equal(cloud.vm(instanceId).passwordSha256, sha256(lines.at(-1)?.[2] ?? ''));
      }));
  }

  it('given a login that the image keeps, then it is set all the same', () =>
    inSinkLane(async ({ cloud, worker, instanceId, directory }) => {
      const path = join(directory, 'password');
      const request = { ...generating(instanceId, `generate:file:${path}`), imageInherit: 'yes' as const };
      const result = await worker.execute(request);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.vm(instanceId).passwordSha256, sha256(await readFile(path, 'utf8')));
    }));

  it('given rebuild calls that JD Cloud refuses, then the password that the VM keeps is still there', () =>
    inSinkLane(async ({ cloud, worker, instanceId, directory }) => {
      const path = join(directory, 'password');
      const request = generating(instanceId, `generate:file:${path}`);
      assert.equal((await worker.execute(request)).outcome, 'done');
      const kept = sha256(await readFile(path, 'utf8'));
      const refused = { status: 400, code: 'INVALID_ARGUMENT', when: 'before' } as const;
      cloud.addFault({ operation: 'rebuildInstance', instanceId, times: 2, kind: refused });
      for (let round = 0; round < 2; round++)
        assert.equal((await worker.execute(request)).failure?.type, 'JdCloudRefused');

      assert.equal(cloud.vm(instanceId).passwordSha256, kept);
      const names = await readdir(directory);
      const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
      assert.equal(new Set(texts).size, 3);
      assert.ok(texts.map(sha256).includes(kept));
    }));

  it('given a plan, then nothing is generated nor handed over, and the plan says who would get it', () =>
    inSinkLane(async ({ worker, instanceId, directory }) => {
      const { ref } = await sinkIn(directory);
      const before = await readdir(directory);
      const planned = async (passwordRef: string) => {
        const args = [RebuildRequest.parse(generating(instanceId, passwordRef))];
        const options = { workflowId: `test-${randomUUID()}`, taskQueue: worker.taskQueue, args };
        return RebuildPlan.parse(await worker.client.workflow.execute(WORKFLOW.planRebuild, options));
      };
      const [file, exec] = await Promise.all([planned(`generate:file:${directory}/{instanceId}`), planned(ref)]);

      assert.deepEqual([file.issues, exec.issues], [[], []]);
      assert.ok(file.steps.includes(`generate a password and hand it to file:${directory}/${instanceId}`));
      assert.ok(exec.steps.includes(`generate a password and hand it to ${ref.replace('generate:', '')}`));
      assert.deepEqual(await readdir(directory), before);
    }));

  for (const ref of ['generate:file:/nonexistent/{instanceId}', 'generate:exec:/nonexistent/store']) {
    it(`given ${ref}, then nothing is stopped`, () =>
      inSinkLane(async ({ cloud, worker, instanceId }) => {
        const { failure } = await worker.execute(generating(instanceId, ref));

        assert.equal(failure?.type, 'ValidationFailed');
        assert.match(failure?.message ?? '', /Password: the .* of the generate:\w+: reference/);
        assert.equal(cloud.journal.calls({ operation: 'stopInstance', instanceId }).length, 0);
      }));
  }

  it('given a command that fails, then nothing is sent, the VM runs again, and nobody is told what it said', () =>
    inSinkLane(async (lane) => {
      const { cloud, worker, instanceId, directory } = lane;
      const { ref, taken } = await sinkIn(directory, `console.error('a word of the store'); process.exitCode = 9;`);
      const result = await worker.execute(generating(instanceId, ref));

      assert.equal(result.failure?.type, 'ValidationFailed');
      assert.match(
        result.failure?.message ?? '',
        /generate:exec: reference, run on the worker, failed \(exit code 9\)/,
      );
      assert.deepEqual([rebuildCalls(lane).length, cloud.vm(instanceId).status], [0, 'running']);
      const [line = '', ...more] = await taken();
      assert.deepEqual(more, [], 'it is not tried again');
      for (const hidden of [line.split(' ')[2] ?? '', 'a word of the store'])
        assert.ok(hidden !== '' && !JSON.stringify(result).includes(hidden));
    }));

  it('given a cancellation while the command takes it, then nothing is sent', () =>
    inSinkLane(async (lane) => {
      const { cloud, worker, instanceId, directory } = lane;
      const go = join(directory, 'go');
      const { ref, taken } = await sinkIn(
        directory,
        `while (!existsSync('${go}')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);`,
      );
      const handle = await worker.start(generating(instanceId, ref));
      await eventually('the command has it', async () => (await taken()).length === 1);
      await handle.cancel();
      // The worker hears of it in the answer to its next heartbeat.
      const beatAt = async () => {
        const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
        const { seconds, nanos } = pending?.lastHeartbeatTime ?? {};
        return pending?.state === CANCEL_REQUESTED ? `${String(seconds)}.${nanos}` : null;
      };
      await eventually('the server asks the worker to cancel', async () => (await beatAt()) !== null);
      const before = await beatAt();
      await eventually('the worker has heard of it', async () => (await beatAt()) !== before);
      await writeFile(go, '');
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'cancelled', result.failure?.message);
      assert.deepEqual([rebuildCalls(lane).length, cloud.vm(instanceId).status], [0, 'running']);
    }));
});
