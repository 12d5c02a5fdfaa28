import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { wrapCommand, wrapToWidth } from '../../../../client/cli/io/text.js';
import { renderFrame } from '../../../../client/cli/render/progress.js';
import type { BackupImage } from '../../../../contracts/backup.js';
import { type FakeOptions, HELD, heldOperation, NOW, operation, progress, runFake } from './fake-deps.js';
import { fleet } from './fleet-fakes.js';
import { details } from './schedule-fakes.js';

const WHY =
  'A health check did not pass: tcp 10.0.0.5:443: connect ECONNREFUSED 10.0.0.5:443 after 12 attempts in two minutes';
const WIDTHS = [40, 60, 80, 120];
const view = { now: NOW, rows: 40, colour: (_style: string, text: string) => text };

/** What a reader makes of wrapped lines. */
const joined = (lines: readonly string[]) => lines.join(' ').replaceAll(/\s+/g, ' ');

const long = { regionId: 'cn-north-1', instanceId: 'i-8cjmd27n1s' };

describe('a frame of a held rebuild', () => {
  const held = { ...HELD, failure: { type: 'HealthCheckFailed', message: WHY } as const };
  const shown = heldOperation({ ...long, progress: progress({ phase: 'held', held }) });

  for (const width of WIDTHS) {
    it(`on ${width} cells has the whole reason and a command that can be pasted`, () => {
      const lines = renderFrame(shown, { ...view, width });
      for (const line of lines) assert.ok(stringWidth(line) < width, line);
      assert.ok(joined(lines).includes(`held: HealthCheckFailed: ${WHY}`), joined(lines));
      const pasted = lines.join('\n').replaceAll(/ \\\n\s*/g, ' ');
      assert.ok(pasted.includes('reimage decide i-8cjmd27n1s DECISION --region cn-north-1 --reason TEXT'), pasted);
    });
  }

  it('on few rows keeps reason and command rather than what lies ahead and behind', () => {
    const lines = renderFrame(shown, { ...view, width: 80, rows: 12 });
    assert.ok(lines.length < 12);
    assert.ok(joined(lines).includes(WHY));
    assert.match(lines.join('\n'), /▸ held[^]*reimage decide/);
  });
});

describe('a frame of a rebuild', () => {
  it('has the whole last error and the whole note, however narrow', () => {
    for (const width of WIDTHS) {
      const failing = renderFrame(operation({ progress: progress({ attempts: 3, lastError: WHY }) }), {
        ...view,
        width,
      });
      assert.ok(joined(failing).includes(`last: ${WHY}`), joined(failing));
      const stuck = renderFrame(operation({ progress: null, note: WHY }), { ...view, width });
      assert.ok(joined(stuck).includes(WHY), joined(stuck));
    }
  });
});

const REGION = 'cn-north-1';
const listed = operation({ ...long, phase: 'rolling-back', imageId: 'img-m5s0000029', requestedBy: 'alice' });
const retried = fleet({ imageId: 'img-m5s0000029', retryOf: 'web-2026-11-0a1b2c3d', status: 'awaiting-approval' });
const nightly = details({ note: 'paused by alice: storage is moved', times: ['0 2 * * 6', '30 3 * * 0'] });
const kept = {
  imageId: 'img-m5s0000030',
  instanceId: 'i-8cjmd27n1s',
  status: 'ready',
  createdAt: '2026-11-24T06:00:00.000Z',
  usedBy: ['i-8cjmd27n1s'],
  name: 'reimage-i-8cjmd27n1s-20261124T060000Z',
} satisfies BackupImage;

/** Each list with a row of everyday length, what of it is never left out, and what there is only where there is room. */
const LISTS: { argv: string[]; given: FakeOptions; always: RegExp; wide: RegExp; rows: number }[] = [
  {
    argv: ['list'],
    given: { client: { list: async () => [listed] } },
    always: /^cn-north-1 +i-8cjmd27n1s +running +rolling-back /m,
    wide: /^REGION +INSTANCE +STATUS +PHASE +IMAGE +STARTED +TOOK +REQUESTED BY$/m,
    rows: 1,
  },
  {
    argv: ['fleet', 'list'],
    given: { fleets: { list: async () => [retried] } },
    always: /^cn-north-1 +web-1f0c53d5 +awaiting-approval /m,
    wide: /^REGION +FLEET +STATUS +VMS +IMAGE +STARTED +TOOK +REQUESTED BY +OF$/m,
    rows: 1,
  },
  {
    argv: ['schedule', 'list'],
    given: { schedules: { list: async () => [nightly, { ...nightly, scheduleId: 'db' }] } },
    always: /^web-nightly .*web +.*running +2026-11-28T01:00:00\.000Z/m,
    wide: /^SCHEDULE +REGION +FLEET +TIMES +ZONE +STATE +NEXT +FIRED +MISSED +SKIPPED +NOTE$/m,
    rows: 2,
  },
  {
    argv: ['backups', 'list', '--region', REGION],
    given: { client: { listBackups: async () => [kept] } },
    always: /^img-m5s0000030 +i-8cjmd27n1s /m,
    wide: /^IMAGE +INSTANCE +STATUS +CREATED +USED BY +NAME$/m,
    rows: 1,
  },
];

describe('lists', () => {
  for (const { argv, given, always, wide, rows } of LISTS) {
    const name = argv.join(' ');

    it(`${name} fits 80 columns, and says in its header what is left out`, async () => {
      const { out } = await runFake(argv, given);
      assert.equal(out.length, 1 + rows);
      for (const line of out) assert.ok(stringWidth(line) <= 80, line);
      assert.match(out[0] ?? '', /\((wider: |\+\d)/);
      assert.match(out.join('\n'), always);
    });

    it(`${name} has all columns where there is room, and in JSON`, async () => {
      const io = { size: () => ({ width: 240, rows: 24 }) };
      assert.match((await runFake(argv, { ...given, io })).out.join('\n'), wide);
      const [json = ''] = (await runFake([...argv, '--output', 'json'], given)).out;
      const [first] = Object.values(JSON.parse(json) as Record<string, object[]>);
      assert.equal(first?.length, rows);
    });
  }
});

describe('text that is wrapped', () => {
  it('loses nothing, and no piece is wider than asked', () => {
    for (const text of [WHY, 'x'.repeat(200), '生产镜像'.repeat(30), 'a '.repeat(90), '', '  indented   text']) {
      for (const width of [1, 7, 20, 79]) {
        const pieces = wrapToWidth(text, width);
        for (const piece of pieces) assert.ok(stringWidth(piece) <= Math.max(width, 2), `${width}: ${piece}`);
        const bare = (line: string) => line.replaceAll(/\s/g, '');
        assert.equal(bare(pieces.join('')), bare(text));
      }
    }
  });

  it('that is a command goes on by a backslash', () => {
    assert.deepEqual(wrapCommand('reimage status i-1 --region cn-north-1 --output json', 30), [
      'reimage status i-1 \\',
      '  --region cn-north-1 \\',
      '  --output json',
    ]);
  });
});
