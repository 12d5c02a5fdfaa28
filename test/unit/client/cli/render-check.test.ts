import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderOperation } from '../../../../client/cli/render/operation.js';
import { renderChange, renderFrame } from '../../../../client/cli/render/progress.js';
import type { RebuildProgress } from '../../../../contracts/rebuild-progress.js';
import { NOW, operation, progress } from './fake-deps.js';

const BAD = 'GET http://{privateIp}/health: answered 503';
const verifying = (overrides: Partial<RebuildProgress>) =>
  operation({
    phase: 'verifying',
    progress: progress({ phase: 'verifying', observedStatus: 'running', answeredBy: 'check', ...overrides }),
  });
const frame = (overrides: Partial<RebuildProgress>) =>
  renderFrame(verifying(overrides), { now: NOW, width: 80, rows: 24, colour: (_style, text) => text });

describe('the last answer of a health check', () => {
  it('has a line of its own in a live frame, once', () => {
    const lines = frame({ lastAnswer: BAD, lastError: BAD });
    assert.deepEqual(
      lines.filter((line) => line.includes('503')),
      [`check: ${BAD}`],
    );
    assert.ok(
      lines.some((line) => /▸ verifying +\S+ +VM running$/.test(line)),
      lines.join('\n'),
    );
  });

  it('stands beside another error', () => {
    const lines = frame({ lastAnswer: BAD, lastError: 'JD Cloud answered 429' });
    assert.ok(lines.includes(`check: ${BAD}`));
    assert.ok(lines.some((line) => line.endsWith('VM running, last: JD Cloud answered 429')));
  });

  it('stands in one line of status', () => {
    assert.ok(
      renderOperation(verifying({ lastAnswer: BAD, lastError: BAD }), NOW).includes(
        `  step      VM running, check: ${BAD}`,
      ),
    );
  });

  it('is a plain line when it changes, and none when it does not', () => {
    const before = verifying({ lastAnswer: BAD, lastError: BAD });
    const after = verifying({ lastAnswer: 'GET http://{privateIp}/health: answered 200' });
    assert.equal(renderChange(before, before, NOW), null);
    assert.match(renderChange(before, after, NOW) ?? '', /VM running, check: GET http:\S+: answered 200; next:/);
  });

  it('is no check where the step itself says why it waits', () => {
    const lastAnswer = 'describeInstance has had no answer since 2026-11-24T06:00:50.000Z';
    const waiting = verifying({ lastAnswer, answeredBy: 'step' });
    assert.ok(
      frame({ lastAnswer, answeredBy: 'step' }).join('\n').includes('\nnow: describeInstance has had no answer'),
    );
    assert.ok(renderOperation(waiting, NOW).includes(`  step      VM running, now: ${lastAnswer}`));
    assert.match(renderChange(null, waiting, NOW) ?? '', /VM running, now: describeInstance/);
  });

  it('is one harmless line, and absent where no check was made', () => {
    const [hostile] = frame({ lastAnswer: 'exec a\nb\u001b[31m\u202e' }).filter((line) => line.startsWith('check'));
    assert.equal(hostile, 'check: exec a b\\u202e');
    for (const lastAnswer of [null, undefined]) {
      const shown = verifying(lastAnswer === undefined ? {} : { lastAnswer });
      assert.doesNotMatch(renderOperation(shown, NOW).join('\n'), /check/);
    }
  });
});
