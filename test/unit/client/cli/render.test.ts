import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { cutToWidth, formatSpan, oneLine, padToWidth, renderTable } from '../../../../client/cli/io/text.js';
import { renderFailure, renderList, renderOperation, renderResult } from '../../../../client/cli/render/operation.js';
import { renderIssues, renderPlan } from '../../../../client/cli/render/plan.js';
import { type FrameView, renderChange, renderFrame } from '../../../../client/cli/render/progress.js';
import { NOW, operation, plan, progress, result } from './fake-deps.js';

const view: FrameView = { now: NOW, width: 80, rows: 24, colour: (_style, text) => text };
const EVIL = 'x\u001b[31mred\u001b[0m\u0007\r\nnext\u202e \u009b2J end';

describe('text for a terminal', () => {
  it('loses control characters, colours and marks that turn it around', () => {
    assert.equal(oneLine(EVIL), 'xred next\\u202e end');
    assert.equal(oneLine('a\u2028b\tc\u0000'), 'a b c');
    assert.equal(oneLine('云主机 web-1'), '云主机 web-1');
    assert.equal(oneLine('ali\u200bce \u061c\u00adx\ufeff'), 'ali\\u200bce \\u061c\\u00adx\\ufeff');
    assert.equal(oneLine('\u001b]8;;http://evil\u0007click\u001b]8;;\u0007'), 'click');
  });

  it('is cut by cells, not by characters', () => {
    assert.equal(cutToWidth('abcdef', 6), 'abcdef');
    assert.equal(cutToWidth('abcdef', 5), 'abcd…');
    assert.equal(cutToWidth('生产镜像', 8), '生产镜像');
    assert.equal(cutToWidth('生产镜像', 7), '生产镜…');
    assert.equal(cutToWidth('生产镜像', 6), '生产…');
    assert.equal(cutToWidth('👨‍👩‍👧‍👦 family', 4), '👨‍👩‍👧‍👦 …');
    assert.equal(cutToWidth('abc', 0), '');
  });

  it('is padded by cells', () => {
    assert.equal(padToWidth('王', 4), '王  ');
    assert.equal(padToWidth('abc', 2), 'abc');
  });

  it('shows spans as people read them', () => {
    assert.deepEqual([-5, 0, 59_999, 60_000, 3_599_000, 3_600_000, 90_000_000].map(formatSpan), [
      '0s',
      '0s',
      '59s',
      '1m 00s',
      '59m 59s',
      '1h 00m',
      '25h 00m',
    ]);
  });
});

describe('a table', () => {
  it('lines up columns beside wide names and leaves no empty cell', () => {
    const lines = renderTable(
      ['A', 'B', 'C'],
      [
        ['王小明', 'x', 'long text'],
        ['i', '', EVIL],
      ],
    );
    assert.deepEqual(lines, ['A       B  C', '王小明  x  long text', 'i       -  xred next\\u202e end']);
    const column = lines.map((line) => stringWidth(line.slice(0, line.search(/[Bx-] {2}/))));
    assert.equal(new Set(column).size, 1);
  });
});

describe('a live frame', () => {
  it('shows past phases with their times, the present one with its step, and those ahead', () => {
    const shown = operation({
      progress: progress({ attempts: 4, lastError: '503 from JD Cloud' }),
      webUrl: 'http://localhost:8233/x',
    });
    assert.deepEqual(renderFrame(shown, { ...view, width: 120 }), [
      'rebuild i-a1 (cn-north-1), for alice  1m 05s',
      '  ✔ validating      2s',
      '  ✔ stopping        18s',
      '  ▸ rebuilding      45s      VM rebuilding, attempt 4, last: 503 from JD Cloud',
      '  · starting',
      '  · verifying',
      'next: waits until the VM is back',
      'http://localhost:8233/x',
      'Ctrl-C ends this view, not the rebuild; `reimage cancel i-a1 --region cn-north-1` does',
    ]);
  });

  it('says why there is no progress, without a leftover of an earlier look', () => {
    const lines = renderFrame(operation({ progress: null, note: 'no worker answered' }), view);
    assert.ok(lines.includes('no worker answered'));
    assert.doesNotMatch(lines.join('\n'), /attempt|next:/);
  });

  it('shows a power state that is being restored, with nothing ahead', () => {
    const lines = renderFrame(
      operation({ progress: progress({ phase: 'restoring-power', cancelRequestedAt: NOW.toISOString() }) }),
      view,
    );
    assert.match(lines.join('\n'), /▸ restoring-power[^]*cancellation asked for/);
    assert.doesNotMatch(lines.join('\n'), /· /);
  });

  it('fits any terminal, with wide and hostile text in it', () => {
    const shown = operation({
      requestedBy: '王小明'.repeat(20),
      progress: progress({ lastError: EVIL.repeat(20), next: '等待'.repeat(60) }),
      webUrl: `http://localhost/${'x'.repeat(200)}`,
    });
    for (const [width, rows] of [
      [20, 4],
      [40, 10],
      [80, 24],
      [200, 3],
    ] as const) {
      const lines = renderFrame(shown, { ...view, width, rows });
      assert.ok(lines.length < rows, `${lines.length} lines on ${rows}`);
      for (const line of lines)
        assert.ok(stringWidth(line) <= width, `${stringWidth(line)} cells on ${width}: ${line}`);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(lines.join('\n'), /[\u0000-\u0009\u000b-\u001f\u009b\u202e]/);
    }
  });
});

describe('a plain line', () => {
  it('appears for what is new, and not for time that passes', () => {
    const first = renderChange(null, operation(), NOW);
    assert.equal(first, '2026-11-24T06:01:05.000Z i-a1 rebuilding: VM rebuilding; next: waits until the VM is back');
    assert.equal(renderChange(operation(), operation(), new Date()), null);
    const failing = operation({ progress: progress({ attempts: 2, lastError: EVIL }) });
    assert.match(renderChange(operation(), failing, NOW) ?? '', /attempt 2, last: xred next\\u202e end; next:/);
  });

  it('says when nobody has taken the rebuild up', () => {
    assert.match(renderChange(null, operation({ progress: null, phase: null }), NOW) ?? '', /waiting for a worker$/);
  });
});

describe('a plan', () => {
  it('says what is erased and what is kept', () => {
    assert.deepEqual(renderPlan(plan()), [
      'Rebuild of i-a1 "web-1" in cn-north-1',
      '  status  running; afterwards running',
      '  image   img-old "CentOS 7" -> img-new "生产镜像"',
      '  ERASED  system disk vda (cloud, 40 GiB, vol-1)',
      '  kept    data disk vdb (cloud, 100 GiB, vol-2)',
      '  warning mounts must be made again (fstab)',
    ]);
  });

  it('says whose the image is that is put on', () => {
    const { imageAfter } = plan();
    const origin = { source: 'shared', owner: 'mallory', createdAt: null };
    const lines = renderPlan(plan({ imageAfter: imageAfter && { ...imageAfter, origin } }));
    assert.equal(lines[3], '          shared image of mallory; JD Cloud does not say when it was made');
  });

  it('admits what is unknown', () => {
    const disk = { deviceName: null, diskCategory: 'local', diskId: null, sizeGiB: null };
    const lines = renderPlan(plan({ imageBefore: null, systemDisk: null, dataDisks: [disk], instanceName: null })).join(
      '\n',
    );
    assert.match(
      lines,
      /Rebuild of i-a1 in[^]*unknown -> img-new[^]*ERASED {2}the system disk\n {2}kept {4}data disk \(local\)/,
    );
  });

  it('lists issues with the field to change', () => {
    assert.deepEqual(
      renderIssues([
        { code: 'disk-size', field: 'imageId', message: 'too\nlarge' },
        { code: 'instance-charge', field: null, message: 'overdue' },
      ]),
      ['  - too large (disk-size; field imageId)', '  - overdue (instance-charge)'],
    );
  });
});

describe('an end', () => {
  it('shows outcome, image, power, phases, repeats, calls and warnings', () => {
    assert.deepEqual(renderResult(result({ warnings: [{ code: 'x', message: 'cancellation came too late' }] })), [
      'done: rebuild of i-a1 in cn-north-1, 1m 05s',
      '  image     img-old -> img-new',
      '  power     running -> running',
      '  phases    validating 20s',
      '  repeated  stopInstance 3 attempts',
      '  call      rebuildInstance  request id req-1',
      '  warning   cancellation came too late',
    ]);
  });

  it('shows a failure with request id, state of the VM and next step', () => {
    const state = { status: 'error', imageId: null, observedAt: '2026-11-24T06:01:00.000Z' };
    assert.deepEqual(
      renderFailure({ type: 'VmInError', message: EVIL, requestId: 'req-9', state, next: 'Open a ticket.' }),
      [
        'VmInError: xred next\\u202e end',
        'request id: req-9',
        'VM: status error, image unknown, seen 2026-11-24T06:01:00.000Z',
        'next: Open a ticket.',
      ],
    );
  });
});

describe('status and list', () => {
  it('show who asked, why, and the run', () => {
    const lines = renderOperation(
      operation({ reason: '补丁', requestId: 'r-1', progress: null, note: 'no worker answered' }),
      NOW,
    );
    assert.deepEqual(lines, [
      'running: rebuild of i-a1 in cn-north-1, rebuilding, 1m 05s',
      '  note      no worker answered',
      '  started   2026-11-24T06:00:00.000Z for alice',
      '  reason    补丁',
      '  request   r-1',
      '  operation rebuild:cn-north-1:i-a1, run 0b6d5d2e-6a3c-4f0e-9f57-1f0c53d5a001',
    ]);
  });

  it('list one line a rebuild', () => {
    const lines = renderList([operation({ phase: null, requestedBy: null, imageId: null })], NOW);
    assert.equal(lines.length, 2);
    assert.match(
      lines[1] ?? '',
      /^cn-north-1 {2}i-a1 {6}running {2}- {6}- {6}2026-11-24T06:00:00\.000Z {2}1m 05s {2}-$/,
    );
  });
});
