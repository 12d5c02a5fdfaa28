import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWaitActivities } from '../../../activities/rebuild/wait-activities.js';
import { runActivity, type Script, scriptedVm, SETTLE_MS, VM } from './scripted-vm.js';

type Waits = ReturnType<typeof createWaitActivities>;

interface Row extends Script {
  readonly name: string;
  readonly wait: Exclude<keyof Waits, 'waitUntilSettled'>;
  readonly input?: object;
  /** Polls and own reads that it takes. */
  readonly takes: { readonly polls: number; readonly reads: number };
}

const STOPPED = 'waitUntilStopped';
const RUNNING = 'waitUntilRunning';
const AT_REST = 'waitUntilAtRest';
const FOREIGN = { rebuildIsForeign: true };

const ROWS: readonly Row[] = [
  {
    name: 'a stop that was seen under way ends with the first look at stopped',
    wait: STOPPED,
    polls: ['running', 'stopping', 'stopped'],
    takes: { polls: 3, reads: 0 },
  },
  {
    name: 'a stop that was not seen under way ends once a read of its own shows it',
    wait: STOPPED,
    polls: ['stopped'],
    takes: { polls: 1, reads: 1 },
  },
  {
    name: 'a stopped that may be of before is not the end of a stop',
    wait: STOPPED,
    polls: ['stopped', 'running', 'stopping', 'stopped'],
    reads: ['running'],
    takes: { polls: 4, reads: 1 },
  },
  {
    name: 'one look at a rebuild of before does not end a stop',
    wait: STOPPED,
    polls: ['rebuilding', 'stopping', 'stopped'],
    takes: { polls: 3, reads: 0 },
  },
  {
    name: 'a running that may be of before is not the end of a start',
    wait: RUNNING,
    polls: ['running', 'stopped', 'starting', 'running'],
    reads: ['stopped'],
    takes: { polls: 4, reads: 1 },
  },
  {
    name: 'a start that was not seen under way ends once a read of its own shows it',
    wait: RUNNING,
    polls: ['stopped', 'running'],
    takes: { polls: 2, reads: 1 },
  },
  {
    name: 'where no rebuild can be out a VM that a read of its own shows stopped is at rest',
    wait: AT_REST,
    input: FOREIGN,
    polls: ['stopped', 'stopping', 'stopped'],
    reads: ['stopping', 'stopped'],
    takes: { polls: 3, reads: 2 },
  },
];

const deadline = () => ({ vm: VM, deadlineAt: new Date(Date.now() + 10_000).toISOString() });

describe('a wait for a power state', { concurrency: true }, () => {
  for (const { name, wait, input = {}, takes, ...script } of ROWS)
    it(name, async () => {
      const vm = scriptedVm(script);

      await runActivity(() => createWaitActivities(vm)[wait]({ ...deadline(), ...input }));

      assert.deepEqual(vm.taken, takes);
    });

  it('takes a stopped VM to be at rest only after a settle time where a rebuild may be out', async () => {
    const vm = scriptedVm({ polls: ['stopped', 'stopped', 'rebuilding', 'stopped'] });

    await runActivity(() => createWaitActivities(vm).waitUntilAtRest(deadline()));

    assert.ok(vm.taken.polls >= 4);
    assert.ok(vm.stoppedForMs() >= SETTLE_MS);
  });
});
