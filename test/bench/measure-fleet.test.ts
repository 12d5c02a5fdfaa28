import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idealSeconds } from '../../bench/fleet/ideal.js';
import { measureCourse } from '../../bench/fleet/measure-fleet.js';
import type { JournalEntry } from '../../simulator/model/journal.js';

const BEGAN = Date.parse('2026-11-24T10:00:00.000Z');
const at = (ms: number) => new Date(BEGAN + ms).toISOString();

function call(ms: number, operation: string, instanceId: string, httpStatus = 200): JournalEntry {
  const performed = httpStatus === 200;
  const unsaid = { regionId: null, params: {}, warnings: [], errorStatus: null, errorMessage: null, fault: null };
  return { kind: 'call', seq: 0, at: at(ms), operation, instanceId, requestId: '', httpStatus, performed, ...unsaid };
}

function change(ms: number, instanceId: string, from: string, to: string): JournalEntry {
  return { kind: 'change', seq: 0, at: at(ms), instanceId, imageId: null, from, to, by: 'test' };
}

describe('the ideal of a fleet', () => {
  for (const { vms, concurrency, compress, seconds } of [
    { vms: 1000, concurrency: 100, compress: 20, seconds: 10 * (95 / 20) },
    { vms: 1001, concurrency: 100, compress: 20, seconds: 11 * (95 / 20) },
    { vms: 1, concurrency: 100, compress: 1, seconds: 95 },
  ])
    it(`is ${seconds} s for ${vms} VMs, ${concurrency} at a time, ${compress} times faster than the cloud`, () => {
      assert.equal(idealSeconds({ vms, concurrency, compress }), seconds);
    });
});

describe('the figures of a course', () => {
  const course = (entries: readonly JournalEntry[], seconds = 20) =>
    measureCourse({ entries, vms: 2, concurrency: 1, compress: 20, seconds });

  it('given two VMs that were down one after the other, then no more than one was down at once', () => {
    const { mostDown } = course([
      change(0, 'i-1', 'running', 'stopping'),
      change(1000, 'i-1', 'stopping', 'stopped'),
      change(5000, 'i-1', 'starting', 'running'),
      change(5000, 'i-2', 'running', 'stopping'),
      change(9000, 'i-2', 'starting', 'running'),
    ]);
    assert.equal(mostDown, 1);
  });

  it('given a second that overlaps the first, then two were down at once', () => {
    const { mostDown } = course([
      change(0, 'i-1', 'running', 'stopping'),
      change(10, 'i-2', 'running', 'stopping'),
      change(5000, 'i-1', 'starting', 'running'),
      change(9000, 'i-2', 'starting', 'running'),
    ]);
    assert.equal(mostDown, 2);
  });

  it('given 20 s with one place, VMs down for 12 of them, the cloud at work for 9.5, then the shares tell so', () => {
    const { places } = course([
      change(0, 'i-1', 'running', 'stopping'),
      change(6000, 'i-1', 'starting', 'running'),
      change(7000, 'i-2', 'running', 'stopping'),
      change(13_000, 'i-2', 'starting', 'running'),
    ]);
    const rounded = Object.fromEntries(Object.entries(places).map(([name, share]) => [name, share.toFixed(3)]));
    assert.deepEqual(rounded, { cloud: '0.475', lag: '0.125', empty: '0.400' });
  });

  it('given a VM that was erased twice and a refused rebuild, then neither counts as rebuilt once', () => {
    const { rebuiltOnce, refusedCalls, callsPerVm } = course([
      call(0, 'rebuildInstance', 'i-1'),
      call(1, 'rebuildInstance', 'i-1'),
      call(2, 'rebuildInstance', 'i-2', 400),
    ]);
    assert.deepEqual({ rebuiltOnce, refusedCalls, callsPerVm }, { rebuiltOnce: 0, refusedCalls: 1, callsPerVm: 1.5 });
  });

  it('given calls a minute of the cloud apart, then no minute has both', () => {
    const minute = 60_000 / 20;
    const look = (ms: number) => call(ms, 'describeInstance', 'i-1');
    assert.equal(course([look(0), look(1), look(minute), look(minute + 1)]).busiestMinute, 2);
    assert.equal(course([look(0), look(1), look(minute - 1), look(minute + 1)]).busiestMinute, 3);
  });

  it('given the calls of two operations, then it counts each per VM, the most frequent first', () => {
    const { callsPerVmOf } = course([
      call(0, 'stopInstance', 'i-1'),
      call(1, 'describeInstances', 'i-1'),
      call(2, 'describeInstances', 'i-2'),
      call(3, 'describeInstances', 'i-2', 503),
    ]);
    assert.deepEqual(Object.entries(callsPerVmOf), [
      ['describeInstances', 1.5],
      ['stopInstance', 0.5],
    ]);
  });
});
