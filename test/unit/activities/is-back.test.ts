import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import type { RebuildTarget } from '../../../activities/decisions/landing.js';
import { createReturnActivities } from '../../../activities/rebuild/verify-activities.js';
import { runActivity, type Script, scriptedVm, SETTLE_MS, type Shown, TARGET, VM } from './scripted-vm.js';

const NEW_IMAGE = { status: 'stopped', imageId: 'img-new' };
const NEW_DISK = { status: 'stopped', diskId: 'vol-new' };
const ON_NEW_IMAGE = { status: 'rebuilding', imageId: 'img-new' };
const SAME_IMAGE: RebuildTarget = { ...TARGET, imageId: 'img-old' };

/** What a heartbeat tells of why it waits. */
const Said = z.looseObject({ lastAnswer: z.string().optional() });

interface Row extends Script {
  readonly name: string;
  readonly target?: RebuildTarget;
  /** What the wait is told by the workflow. */
  readonly told?: { readonly sawRebuilding?: boolean; readonly wasBack?: boolean };
  /** What the attempt before has left. */
  readonly heartbeat?: object;
  /** Polls that it takes, or how long it has to be at rest in all of them. */
  readonly polls: readonly Shown[];
  readonly takes: number | 'a settle time';
}

const ROWS: readonly Row[] = [
  { name: 'another image after the former one was seen', polls: ['rebuilding', NEW_IMAGE], takes: 2 },
  { name: 'another disk after the former one was seen', target: SAME_IMAGE, polls: ['rebuilding', NEW_DISK], takes: 2 },
  {
    name: 'another image, which it had already while it was seen rebuilding',
    polls: [ON_NEW_IMAGE, NEW_IMAGE],
    takes: 'a settle time',
  },
  {
    name: 'an image, where none was known before',
    target: { ...TARGET, before: { imageId: null, systemDiskId: null } },
    polls: ['rebuilding', NEW_IMAGE],
    takes: 'a settle time',
  },
  { name: 'nothing new', target: SAME_IMAGE, polls: ['rebuilding', 'stopped'], takes: 'a settle time' },
  { name: 'rest before it was seen rebuilding, with a trace', polls: [NEW_IMAGE], takes: 'a settle time' },
  {
    name: 'rest before it was seen rebuilding, with our marker',
    polls: ['stopped'],
    marker: 'ours',
    takes: 'a settle time',
  },
  {
    name: 'rebuilding seen by the workflow alone',
    told: { sawRebuilding: true },
    polls: [NEW_IMAGE],
    takes: 'a settle time',
  },
  {
    name: 'the former image seen by the attempt before',
    heartbeat: { sawPassing: true, sawFormerImage: true, observed: null },
    polls: [NEW_IMAGE],
    takes: 1,
  },
  {
    name: 'the heartbeat of a worker of an earlier version',
    heartbeat: { sawPassing: true, observed: null },
    polls: [NEW_IMAGE],
    takes: 'a settle time',
  },
  { name: 'rest after an earlier wait has seen the end', told: { wasBack: true }, polls: ['stopped'], takes: 1 },
];

describe('a rebuilt VM is back', { concurrency: true }, () => {
  for (const { name, target = TARGET, told = {}, heartbeat, takes, ...script } of ROWS)
    it(`by ${name}: after ${takes === 'a settle time' ? takes : `${takes} polls`}`, async () => {
      const vm = scriptedVm(script);
      const deadlineAt = new Date(Date.now() + 10_000).toISOString();
      const input = { vm: VM, deadlineAt, target, sawRebuilding: false, ...told };

      const said = new Set<unknown>();
      const hear = (details: unknown) => void said.add(Said.parse(details).lastAnswer);
      const report = await runActivity(() => createReturnActivities(vm).waitUntilRebuilt(input), heartbeat, hear);

      assert.equal(report.observed.status, 'stopped');
      const why = 'at rest, which counts once it has lasted 0.1 s: a read may show what was before';
      assert.equal(said.has(why), takes === 'a settle time', 'and it says for what it waits');
      if (takes === 'a settle time') assert.ok(vm.stoppedForMs() >= SETTLE_MS);
      else assert.equal(vm.taken.polls, takes);
      assert.equal(vm.taken.reads, 1, 'and a read of its own');
    });

  it('not before a read of its own shows it too', async () => {
    const vm = scriptedVm({ polls: ['rebuilding', NEW_IMAGE], reads: ['rebuilding', 'rebuilding', NEW_IMAGE] });
    const deadlineAt = new Date(Date.now() + 10_000).toISOString();
    const input = { vm: VM, deadlineAt, target: TARGET, sawRebuilding: false };

    await runActivity(() => createReturnActivities(vm).waitUntilRebuilt(input));

    assert.deepEqual(vm.taken, { polls: 4, reads: 3 });
  });

  it('not by rest that a look at it breaks: it has to last for a settle time again', async () => {
    // One look each: of two, a busy machine makes a settle time.
    const polls = ['rebuilding', 'stopped', 'rebuilding', 'stopped', 'rebuilding', 'stopped'];
    const vm = scriptedVm({ polls });
    const deadlineAt = new Date(Date.now() + 10_000).toISOString();
    const input = { vm: VM, deadlineAt, target: SAME_IMAGE, sawRebuilding: false };

    await runActivity(() => createReturnActivities(vm).waitUntilRebuilt(input));

    assert.ok(vm.taken.polls >= polls.length);
    assert.ok(vm.stoppedForMs() >= SETTLE_MS);
  });

  it('not while it rests without a trace of the rebuild, and says that none is there yet', async () => {
    const vm = scriptedVm({ polls: [...Array.from({ length: 40 }, () => 'stopped'), NEW_IMAGE] });
    const deadlineAt = new Date(Date.now() + 10_000).toISOString();
    const input = { vm: VM, deadlineAt, target: TARGET, sawRebuilding: false };
    const said: unknown[] = [];
    const hear = (details: unknown) => void said.push(Said.parse(details).lastAnswer);

    await runActivity(() => createReturnActivities(vm).waitUntilRebuilt(input), undefined, hear);

    const traceless =
      'stopped, and neither its image, its disk nor its metadata shows a rebuild yet: read again every 0.1 s';
    assert.ok(said.includes(traceless), String(said));
  });

  for (const { name, target, status, type } of [
    { name: 'a VM that runs and shows no trace', target: TARGET, status: 'running', type: 'ConcurrentChange' },
    {
      name: 'a rebuild that need not leave any',
      target: { ...SAME_IMAGE, markerUsable: false },
      status: 'stopped',
      type: 'RebuildOutcomeUnknown',
    },
  ])
    it(`never, for ${name}, and says so after a settle time: ${type}`, async () => {
      const vm = scriptedVm({ polls: [status] });
      const deadlineAt = new Date(Date.now() + 10_000).toISOString();
      const input = { vm: VM, deadlineAt, target, sawRebuilding: false };

      await assert.rejects(
        runActivity(() => createReturnActivities(vm).waitUntilRebuilt(input)),
        { type, nonRetryable: true },
      );
    });
});
