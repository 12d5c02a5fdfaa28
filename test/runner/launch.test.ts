import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from '../fixtures/eventually.js';
import { isAlive } from '../fixtures/is-alive.js';
import { launchTests } from './launch.js';
import { watchSlowest } from './slowest.js';
import { watchUnderWay } from './under-way.js';

const MINUTE_MS = 60_000;

async function runFile(t: TestContext, source: string, limits: { fileTimeoutMs: number; deadlineMs: number }) {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-runner-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'one.test.mjs');
  await writeFile(path, `import { test } from 'node:test';\n${source}`);
  const pidFile = join(directory, 'pid');
  // NODE_TEST_CONTEXT is of the runner that runs this very file: another would take itself for a part of it.
  const { NODE_TEST_CONTEXT: _, ...env }: NodeJS.ProcessEnv = { ...process.env, PID_FILE: pidFile };
  const code = await launchTests({ files: [path], filesAtATime: 1, env, stdio: 'ignore', ...limits });
  return { code, pid: Number(await readFile(pidFile, 'utf8').catch(() => '0')) };
}

const WRITE_PID = `import { writeFileSync } from 'node:fs'; writeFileSync(process.env.PID_FILE, String(process.pid));\n`;
const HANG = `${WRITE_PID} process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); test('hangs', () => new Promise(() => {}));`;

describe('watchUnderWay', () => {
  it('given a file that is given up, then names the tests that had not ended, and no others', () => {
    const events = new EventEmitter();
    const lines: string[] = [];
    watchUnderWay(events, (line) => lines.push(line));
    const file = resolve('test/one.test.ts');
    const tell = (event: string, name: string, nesting: number) => events.emit(event, { name, file, nesting });
    tell('test:dequeue', file, 0);
    for (const name of ['a suite', 'passes', 'hangs']) tell('test:dequeue', name, name === 'a suite' ? 0 : 1);
    tell('test:complete', 'passes', 1);
    assert.deepEqual(lines, []);
    tell('test:complete', file, 0);
    assert.deepEqual(lines, ['test/one.test.ts was given up; begun and not ended: "a suite", "hangs"']);
  });

  it('given a group of files that is given up, then names the tests of its files, and of no others', () => {
    const events = new EventEmitter();
    const lines: string[] = [];
    const [group, one, other] = ['group.mjs', 'test/one.test.ts', 'test/other.test.ts'].map((path) => resolve(path));
    watchUnderWay(
      events,
      (line) => lines.push(line),
      (file) => (file === group ? [one ?? ''] : [file]),
    );
    for (const file of [one, other]) events.emit('test:dequeue', { name: 'hangs', file, nesting: 0 });
    events.emit('test:complete', { name: group, file: group, nesting: 0 });
    assert.deepEqual(lines, ['test/one.test.ts was given up; begun and not ended: "hangs"']);
  });

  it('given a file that has ended, then says nothing', () => {
    const events = new EventEmitter();
    const lines: string[] = [];
    watchUnderWay(events, (line) => lines.push(line));
    const file = resolve('test/one.test.ts');
    for (const event of ['test:dequeue', 'test:complete'])
      for (const name of ['passes', file]) events.emit(event, { name, file, nesting: 0 });
    assert.deepEqual(lines, []);
  });
});

describe('watchSlowest', () => {
  it('names the ten files whose tests took longest, slowest first', () => {
    const events = new EventEmitter();
    const slowest = watchSlowest(events);
    const complete = (name: string, file: string, seconds: number) =>
      events.emit('test:complete', { name, file, nesting: 0, details: { duration_ms: seconds * 1000 } });
    for (let second = 1; second <= 12; second += 1) {
      complete('a suite', resolve(`test/${second}.test.ts`), second - 1);
      complete('another', resolve(`test/${second}.test.ts`), 1);
    }
    complete(resolve('a group.test.mjs'), resolve('a group.test.mjs'), 99);
    const lines = slowest();
    assert.equal(lines.length, 10);
    assert.equal(lines[0], '  12.0 s  test/12.test.ts');
    assert.equal(lines[9], '   3.0 s  test/3.test.ts');
  });
});

describe('launchTests', () => {
  it('given tests that pass, then 0', async (t) => {
    const { code } = await runFile(t, `test('passes', () => {});`, { fileTimeoutMs: MINUTE_MS, deadlineMs: MINUTE_MS });
    assert.equal(code, 0);
  });

  it('given one that fails, then 1', async (t) => {
    const source = `test('passes', () => {}); test('fails', () => { throw new Error('as it should'); });`;
    assert.equal((await runFile(t, source, { fileTimeoutMs: MINUTE_MS, deadlineMs: MINUTE_MS })).code, 1);
  });

  it('given a file that hangs and ignores SIGTERM, then 1, and it is gone', async (t) => {
    const { code, pid } = await runFile(t, HANG, { fileTimeoutMs: 3000, deadlineMs: MINUTE_MS });
    assert.equal(code, 1);
    assert.notEqual(pid, 0);
    await eventually('the file is gone', () => !isAlive(pid));
  });

  it('given more than the time of all, then 1, and it is gone', async (t) => {
    const { code, pid } = await runFile(t, HANG, { fileTimeoutMs: MINUTE_MS, deadlineMs: 3000 });
    assert.equal(code, 1);
    assert.notEqual(pid, 0);
    await eventually('the file is gone', () => !isAlive(pid));
  });
});
