import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prospect } from '../../../../client/cli/commands/cancel.js';
import type { CliClient } from '../../../../client/cli/io/deps.js';
import { PHASES } from '../../../../contracts/rebuild-progress.js';
import { failed, nothingKnown, operation, result, runFake } from './fake-deps.js';

const R = ['--region', 'cn-north-1'];
const ended = operation({ status: 'done', phase: 'done', progress: null, result: result() });

interface Row {
  readonly name: string;
  readonly argv: readonly string[];
  readonly client: Partial<CliClient>;
  readonly exitCode: number;
  readonly out: RegExp | object;
  readonly calls: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: 'status of a running rebuild',
    argv: ['status', 'i-a1', ...R],
    client: { get: async () => operation({ webUrl: 'http://ui/x' }) },
    exitCode: 0,
    out: /^running: rebuild of i-a1 .*rebuilding, 1m 05s\n {2}phase {5}rebuilding for 45s[^]*http:\/\/ui\/x$/,
    calls: ['get', 'close'],
  },
  {
    name: 'status of a finished rebuild',
    argv: ['status', 'i-a1', ...R],
    client: { get: async () => ended },
    exitCode: 0,
    out: /^done: rebuild of i-a1/,
    calls: ['get', 'close'],
  },
  {
    name: 'status in JSON is the operation',
    argv: ['status', 'i-a1', ...R, '--output', 'json'],
    client: { get: async () => ended },
    exitCode: 0,
    out: ended,
    calls: ['get', 'close'],
  },
  {
    name: 'status of a VM that was never rebuilt',
    argv: ['status', 'i-a1', ...R],
    client: { get: nothingKnown },
    exitCode: 6,
    out: /^$/,
    calls: ['get', 'close'],
  },
  {
    name: 'watch follows to the end',
    argv: ['watch', 'i-a1', ...R, '--output', 'json'],
    client: { get: async () => operation(), wait: async () => failed('DeadlineExceeded') },
    exitCode: 3,
    out: failed('DeadlineExceeded'),
    calls: ['get', 'wait', 'close'],
  },
  {
    name: 'watch shows the last result',
    argv: ['watch', 'i-a1', ...R],
    client: { get: async () => ended },
    exitCode: 0,
    out: /^done: /,
    calls: ['get', 'close'],
  },
  {
    name: 'watch of a cancelled one exits as rebuild would',
    argv: ['watch', 'i-a1', ...R],
    client: { get: async () => ({ ...ended, result: failed('Cancelled') }) },
    exitCode: 4,
    out: /^cancelled: /,
    calls: ['get', 'close'],
  },
  {
    name: 'cancel in time',
    argv: ['cancel', 'i-a1', ...R, '--output', 'json'],
    client: { cancel: async () => operation({ phase: 'stopping' }), wait: async () => failed('Cancelled') },
    exitCode: 0,
    out: failed('Cancelled'),
    calls: ['cancel', 'wait', 'close'],
  },
  {
    name: 'cancel that came too late',
    argv: ['cancel', 'i-a1', ...R],
    client: { cancel: async () => operation({ phase: 'starting' }), wait: async () => result() },
    exitCode: 3,
    out: /^done: /,
    calls: ['cancel', 'wait', 'close'],
  },
  {
    name: 'cancel of one that failed meanwhile',
    argv: ['cancel', 'i-a1', ...R],
    client: { cancel: async () => operation(), wait: async () => failed('JdCloudUnavailable') },
    exitCode: 7,
    out: /^failed: /,
    calls: ['cancel', 'wait', 'close'],
  },
  {
    name: 'cancel without waiting',
    argv: ['cancel', 'i-a1', ...R, '--detach', '--output', 'json'],
    client: { cancel: async () => operation() },
    exitCode: 0,
    out: { outcome: 'cancel-requested', ...operation() },
    calls: ['cancel', 'close'],
  },
  {
    name: 'cancel where nothing runs',
    argv: ['cancel', 'i-a1', ...R],
    client: { cancel: nothingKnown },
    exitCode: 6,
    out: /^$/,
    calls: ['cancel', 'close'],
  },
  {
    name: 'list as a table',
    argv: ['list'],
    client: { list: async () => [operation({ progress: null, requestedBy: '王小明' }), ended] },
    exitCode: 0,
    out: /^REGION +INSTANCE +STATUS[^]*running +rebuilding +img-new[^]*王小明\ncn-north-1 +i-a1 +done/,
    calls: ['list', 'close'],
  },
  {
    name: 'list in JSON is one object',
    argv: ['list', '--output', 'json'],
    client: { list: async () => [ended] },
    exitCode: 0,
    out: { operations: [ended], freeze: null },
    calls: ['list', 'close'],
  },
  {
    name: 'list of nothing',
    argv: ['list'],
    client: { list: async () => [] },
    exitCode: 0,
    out: /^no rebuilds$/,
    calls: ['list', 'close'],
  },
];

describe('status, watch, cancel and list', () => {
  for (const { name, argv, client, exitCode, out, calls } of rows) {
    it(`${name}: exits ${exitCode}`, async () => {
      const seen = await runFake(argv, { client });
      assert.equal(seen.exitCode, exitCode);
      assert.deepEqual(seen.calls, calls);
      if (out instanceof RegExp) assert.match(seen.out.join('\n'), out);
      else assert.deepEqual([seen.out.length, JSON.parse(seen.out[0] ?? '')], [1, out]);
    });
  }

  it('list hands its filters on', async () => {
    const queries: unknown[] = [];
    const list: CliClient['list'] = async (query) => {
      queries.push(query);
      return [];
    };
    await runFake(['list', '--running', '--region', 'cn-north-1', '--limit', '5'], { client: { list } });
    await runFake(['list', '--ended', '--phase', 'failed'], { client: { list } });
    await runFake(['list'], { client: { list } });
    assert.deepEqual(queries, [
      { limit: 5, regionId: 'cn-north-1', running: true },
      { limit: 50, phase: 'failed', running: false },
      { limit: 50 },
    ]);
  });

  it('cancel says beforehand whether it comes too late', async () => {
    const late = PHASES.filter((phase) => /too late: the disk is being rebuilt/.test(prospect(phase)));
    assert.deepEqual(late, ['starting', 'verifying', 'done']);
    assert.match(prospect('rebuilding'), /If the rebuild call was already sent, it is too late/);
    assert.match(prospect(null), /power state will be restored/);
    const { err } = await runFake(['cancel', 'i-a1', ...R, '--detach'], {
      client: { cancel: async () => operation({ phase: 'verifying' }) },
    });
    assert.match(err.join('\n'), /too late/);
  });

  it('cancel says when it gave a hold up, and for whom', async () => {
    const asked: unknown[] = [];
    const { exitCode, out, err } = await runFake(['cancel', 'i-a1', ...R, '--detach', '--output', 'json'], {
      client: {
        cancel: async (_vm, options) => {
          asked.push(options);
          return { ...operation(), gaveUp: true };
        },
      },
      env: { USER: 'alice' },
    });
    assert.deepEqual([exitCode, asked], [0, [{ by: 'alice' }]]);
    assert.match(err.join('\n'), /had been cancelled before: the hold is given up by a decision instead/);
    assert.equal((JSON.parse(out[0] ?? '') as { gaveUp?: boolean }).gaveUp, true);
  });
});
