import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliClient } from '../../../../client/cli/io/deps.js';
import { failureOf, ReimageBusyError, toReimageError } from '../../../../client/connection/errors.js';
import { ReimageClient } from '../../../../client/reimage-client.js';
import { FAILURE_TYPES, FAILURES } from '../../../../contracts/failures.js';
import type { RebuildRequestInput } from '../../../../contracts/rebuild-request.js';
import { failed, type FakeOptions, nothingKnown, operation, plan, result, runFake } from './fake-deps.js';

const ARGV = ['rebuild', 'i-a1', '--region', 'cn-north-1', '--image-inherit'];
const JSON_YES = [...ARGV, '--yes', '--output', 'json'];

/** A library in which everything goes well; overrides say what does not. */
function well(overrides: Partial<CliClient> = {}): FakeOptions & { client: Partial<CliClient> } {
  return {
    client: {
      get: nothingKnown,
      findByRequestId: async () => null,
      plan: async () => plan(),
      start: async () => operation(),
      wait: async () => result(),
      ...overrides,
    },
  };
}

function onlyObject(out: readonly string[]): Record<string, unknown> {
  assert.equal(out.length, 1, `one line on stdout, not ${out.length}`);
  return JSON.parse(out[0] ?? '') as Record<string, unknown>;
}

describe('reimage rebuild', () => {
  it('plans, starts, waits, and prints the result alone on stdout', async () => {
    const { exitCode, out, err, calls } = await runFake([...ARGV, '--yes'], well());
    assert.equal(exitCode, 0);
    assert.deepEqual(calls, ['get', 'plan', 'start', 'wait', 'close']);
    assert.match(out[0] ?? '', /^done: rebuild of i-a1 in cn-north-1, 1m 05s$/);
    assert.match(err.join('\n'), /ERASED {2}system disk vda \(cloud, 40 GiB, vol-1\)/);
  });

  it('hands the whole request on, and names who asks', async () => {
    let request: RebuildRequestInput | undefined;
    const argv = [
      ...ARGV,
      '--yes',
      '--image',
      'img-new',
      '--user-data',
      'init.sh',
      '--metadata',
      'a=b=c',
      '--deadline',
      'stopping=60',
    ];
    await runFake(argv, {
      ...well({
        start: async (input) => {
          request = input;
          return operation();
        },
      }),
      env: { USER: 'alice' },
      io: { readFile: async (path) => Buffer.from(`#!/bin/sh # ${path}`) },
    });
    assert.equal(request?.imageId, 'img-new');
    assert.equal(request?.requestedBy, 'alice');
    assert.equal(request?.deadlines?.stoppingSeconds, 60);
    assert.deepEqual(request?.metadata, [{ key: 'a', value: 'b=c' }]);
    assert.equal(Buffer.from(request?.userdata?.[0]?.value ?? '', 'base64').toString(), '#!/bin/sh # init.sh');
  });

  it('takes the region from JDCLOUD_REGION and says so', async () => {
    const argv = ['rebuild', 'i-a1', '--image-inherit', '--yes'];
    const { exitCode, err } = await runFake(argv, { ...well(), env: { JDCLOUD_REGION: 'cn-north-1' } });
    assert.equal(exitCode, 0);
    assert.match(err.join('\n'), /region cn-north-1, from JDCLOUD_REGION/);
  });

  it('with issues prints them all, exits 3 and starts nothing, also in a dry run', async () => {
    const issues = [
      { code: 'disk-type' as const, field: 'imageId', message: 'needs a local disk' },
      { code: 'instance-charge' as const, field: null, message: 'is overdue' },
    ];
    for (const more of [['--yes'], ['--dry-run']]) {
      const { exitCode, err, out, calls } = await runFake(
        [...ARGV, ...more],
        well({ plan: async () => plan({ issues }) }),
      );
      assert.equal(exitCode, 3);
      assert.match(err.join('\n'), /needs a local disk \(disk-type; field imageId\)[^]*is overdue \(instance-charge\)/);
      assert.ok(!calls.includes('start'));
      assert.doesNotMatch(out.join('\n'), /Dry run/);
    }
    const { out } = await runFake(JSON_YES, well({ plan: async () => plan({ issues }) }));
    const { outcome, failure } = onlyObject(out);
    assert.equal(outcome, 'failed');
    assert.deepEqual((failure as { issues: unknown }).issues, issues);
  });

  it('in a dry run prints plan and steps, starts nothing and needs no confirmation', async () => {
    const text = await runFake([...ARGV, '--dry-run'], well());
    assert.equal(text.exitCode, 0);
    assert.match(text.out.join('\n'), /ERASED[^]*1\. stop the VM\n {2}2\. rebuild it\nDry run: nothing was touched\./);
    const json = await runFake([...ARGV, '--dry-run', '--output', 'json'], well());
    assert.deepEqual(onlyObject(json.out), plan());
    for (const { calls } of [text, json]) assert.deepEqual(calls, ['get', 'plan', 'close']);
  });

  it('with --detach prints what was started and does not wait', async () => {
    const text = await runFake([...ARGV, '--yes', '--detach'], well());
    assert.deepEqual([text.exitCode, text.calls.includes('wait')], [0, false]);
    assert.match(text.out.join('\n'), /^started: rebuild:cn-north-1:i-a1\..*reimage watch i-a1 --region cn-north-1$/);
    const json = await runFake([...JSON_YES, '--detach'], well());
    assert.deepEqual(onlyObject(json.out), { outcome: 'started', ...operation() });
  });

  it('without an explicit yes and without a terminal is refused before anybody is asked', async () => {
    const { exitCode, calls, err } = await runFake(ARGV, well());
    assert.deepEqual([exitCode, calls], [2, []]);
    assert.match(err.join('\n'), /--yes/);
  });

  for (const [answer, exitCode, started] of [
    ['i-a1', 0, true],
    [' i-a1 ', 0, true],
    ['y', 4, false],
    ['I-A1', 4, false],
    ['', 4, false],
    [null, 4, false],
  ] as const) {
    it(`on a terminal where ${JSON.stringify(answer)} is typed, ${started ? 'starts' : 'starts nothing and exits 4'}`, async () => {
      const seen = await runFake(ARGV, { ...well(), answer });
      assert.equal(seen.exitCode, exitCode);
      assert.equal(seen.calls.includes('start'), started);
      assert.match(seen.questions.join(), /Type i-a1 to erase/);
    });
  }

  it('says in JSON that it was not confirmed', async () => {
    const { out } = await runFake([...ARGV, '--output', 'json'], { ...well(), answer: 'no' });
    assert.equal(onlyObject(out)['outcome'], 'cancelled');
  });

  it('refuses a VM in progress as busy, before any plan', async () => {
    const { exitCode, out, calls } = await runFake(JSON_YES, well({ get: async () => operation() }));
    assert.equal(exitCode, 5);
    assert.deepEqual(calls, ['get', 'close']);
    const { operationId, regionId, instanceId, failure } = onlyObject(out);
    assert.deepEqual([operationId, regionId, instanceId], ['rebuild:cn-north-1:i-a1', 'cn-north-1', 'i-a1']);
    assert.match((failure as { message: string }).message, /alice/);
  });

  it('given a request id that is under way, follows that rebuild and asks nothing', async () => {
    const client = well({ findByRequestId: async () => operation({ requestId: 'r1' }) });
    const { exitCode, calls } = await runFake([...JSON_YES, '--request-id', 'r1'], client);
    assert.deepEqual([exitCode, calls], [0, ['findByRequestId', 'wait', 'close']]);
  });

  it('given the request id of another request, starts nothing and exits with 2', async () => {
    const asked: unknown[] = [];
    const client = well({
      findByRequestId: async (_vm, _id, again) => {
        asked.push(again?.rebuild?.imageId);
        throw toReimageError(failureOf('RequestIdReused', 'imageId (img-a, now img-b)'));
      },
    });
    const argv = [...JSON_YES, '--request-id', 'r1', '--image', 'img-b'];
    const { exitCode, calls, out } = await runFake(argv, client);
    assert.deepEqual([exitCode, calls, asked], [2, ['findByRequestId', 'close'], ['img-b']]);
    assert.match(out[0] ?? '', /RequestIdReused/);
  });

  it('given a request id whose rebuild has ended, shows its result', async () => {
    const ended = operation({ status: 'failed', progress: null, result: failed('VmInError') });
    const client = well({ findByRequestId: async () => ended });
    const { exitCode, calls, out } = await runFake([...JSON_YES, '--request-id', 'r1', '--detach'], client);
    assert.deepEqual([exitCode, calls], [3, ['findByRequestId', 'close']]);
    assert.equal(onlyObject(out)['outcome'], 'failed');
  });

  it('on Ctrl-C while following leaves the rebuild alone, says how to go on, and exits 130', async () => {
    const { exitCode, err, out } = await runFake(JSON_YES, {
      ...well({
        wait: (_operation, options) =>
          new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
      }),
      io: {
        onInterrupt: (listener) => {
          setImmediate(listener);
          return () => undefined;
        },
      },
    });
    assert.equal(exitCode, 130);
    assert.match(err.join('\n'), /goes on\..*reimage watch i-a1.*reimage cancel i-a1/);
    assert.equal(onlyObject(out)['outcome'], 'started');
  });

  it('prints one plain line for each change when stderr is no terminal, frames when it is', async () => {
    const wait: CliClient['wait'] = async (_ref, options) => {
      options?.onProgress?.(operation());
      options?.onProgress?.(operation());
      options?.onProgress?.(operation({ progress: null, note: 'no worker answered' }));
      return result();
    };
    const plain = await runFake(JSON_YES, well({ wait }));
    const lines = plain.err.filter((line) => line.startsWith('2026-11-24T06:01:05.000Z'));
    assert.deepEqual(lines, [
      '2026-11-24T06:01:05.000Z i-a1 rebuilding: VM rebuilding; next: waits until the VM is back',
      '2026-11-24T06:01:05.000Z i-a1 rebuilding: no worker answered',
    ]);
    assert.deepEqual(plain.frames, []);
    let undrawn = 0;
    const live = await runFake(JSON_YES, {
      ...well({ wait }),
      io: { isLive: true, undraw: () => void (undrawn += 1) },
    });
    assert.deepEqual([live.frames.length, undrawn], [3, 1]);
    assert.equal(live.out.length, 1);
  });

  it('names the option behind a bad field, never its value', async () => {
    const rows: [string[], RegExp][] = [
      [['--password-from', 'hunter2'], /passwordRef: must be a reference.*--password-from/],
      [['--deadline', 'sleeping=5'], /no such phase as sleeping/],
      [['--deadline', 'stopping'], /must be PHASE=SECONDS/],
      [['--deadline', 'stopping=1'], /deadlines\.stoppingSeconds/],
      [['--metadata', 'novalue'], /must be KEY=VALUE/],
      [['--image', 'img/x'], /imageId.*--image/],
      [['--user-data', 'nowhere.sh'], /--user-data: nowhere\.sh is not there/],
    ];
    for (const [more, says] of rows) {
      const { exitCode, err, out, calls } = await runFake([...JSON_YES, ...more], well());
      assert.deepEqual([exitCode, calls], [2, []], more.join(' '));
      assert.match(err.join('\n'), says);
      assert.doesNotMatch([...err, ...out].join('\n'), /hunter2/);
    }
    const nothing = ['rebuild', 'i-a1', '--region', 'cn-north-1', '--yes'];
    assert.match((await runFake(nothing, well())).err.join('\n'), /no way to log in/);
  });
});

describe('exit codes of rebuild', () => {
  for (const type of FAILURE_TYPES) {
    it(`${FAILURES[type].exitCode} for ${type}, as an error and as a result`, async () => {
      const thrown = await runFake(
        JSON_YES,
        well({ plan: () => Promise.reject(toReimageError(failureOf(type, 'no'))) }),
      );
      assert.equal(thrown.exitCode, FAILURES[type].exitCode);
      assert.equal((onlyObject(thrown.out)['failure'] as { type: string }).type, type);
      const ended = await runFake(JSON_YES, well({ wait: async () => failed(type) }));
      assert.equal(ended.exitCode, FAILURES[type].exitCode);
      assert.equal(onlyObject(ended.out)['operationId'], 'rebuild:cn-north-1:i-a1');
    });
  }

  it('1 for what nobody foresaw, with one JSON object all the same', async () => {
    const { exitCode, out } = await runFake(JSON_YES, well({ plan: () => Promise.reject(new TypeError('bug')) }));
    assert.equal(exitCode, 1);
    assert.equal((onlyObject(out)['failure'] as { type: string }).type, 'Unexpected');
  });

  it('5 when another start was faster', async () => {
    const busy = new ReimageBusyError({ operationId: 'x', runId: 'y', requestedBy: null, since: 'z', phase: null });
    assert.equal((await runFake(JSON_YES, well({ start: () => Promise.reject(busy) }))).exitCode, 5);
  });

  it('7 when no Temporal server answers', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { exitCode, out } = await runFake(JSON_YES, { connect: () => ReimageClient.connect({ env }) });
    assert.equal(exitCode, 7);
    assert.equal((onlyObject(out)['failure'] as { type: string }).type, 'TemporalUnreachable');
  });
});
