import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { Assumptions, Timing } from '../../../simulator/model/assumptions.js';
import { FaultRule, OPERATIONS, outcomesOf } from '../../../simulator/model/fault-rule.js';

const text = await readFile(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');
const section = (title: string): string => text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
/** First two cells of each row of a section's tables. */
function rows(title: string): [string, string][] {
  const found = section(title).matchAll(/^\| `([^`]+)` *\|([^|]*)\|/gm);
  return [...found].map(([, first = '', second = '']) => [first, second.replaceAll('`', '').trim()]);
}

describe('docs/simulator.md', () => {
  it('lists every operation and no other', () => {
    const sentence = section('What it serves').split(': paths,')[0] ?? '';
    const listed = [...sentence.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    assert.deepEqual(listed.toSorted(), [...OPERATIONS].toSorted());
  });

  it('lists every assumption with its default', () => {
    assert.deepEqual(
      rows('Assumptions'),
      Object.entries(Assumptions.parse({})).map(([name, value]) => [name, String(value)]),
    );
  });

  it('lists every time with its default', () => {
    assert.deepEqual(
      rows('Time'),
      Object.entries(Timing.parse({})).map(([name, value]) => [name, String(value)]),
    );
  });

  it('lists every field of a fault rule', () => {
    assert.deepEqual(
      rows('Faults')
        .slice(0, Object.keys(FaultRule.shape).length)
        .map(([name]) => name),
      Object.keys(FaultRule.shape),
    );
  });

  it('gives only examples that the simulator takes, one of each kind', () => {
    const kinds = [...section('Faults').matchAll(/^\| `(\{.*?\})` *\|/gm)].map(([, example = '']) => example);
    const rules = kinds.map((kind) => FaultRule.parse({ operation: 'stopInstance', kind: JSON.parse(kind) }));
    const own = rules.map(({ kind }) => Object.keys(kind)[0]);

    assert.deepEqual(own, ['status', 'drop', 'body', 'delayMs', 'throttle', 'quota', 'stale', 'outcome']);
    assert.equal(own.length, FaultRule.shape.kind.options.length);
  });

  it('lists every outcome of every operation', () => {
    const listed = rows('Faults')
      .slice(Object.keys(FaultRule.shape).length)
      .filter(([name]) => !name.startsWith('{'))
      .map(([name]) => name);
    assert.deepEqual(listed.toSorted(), [...new Set(OPERATIONS.flatMap(outcomesOf))].toSorted());
  });
});
