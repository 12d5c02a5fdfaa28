import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { createRerunActivities } from '../../../../activities/rebuild/rerun-activities.js';
import { runActivity, scriptedVm, VM } from '../scripted-vm.js';
import { left, OWN } from './left-behind.js';

const CUT_SHORT = left({ plan: null, isCutShort: true, phase: 'stopping' });

const Beat = z.looseObject({ lastAnswer: z.string().optional() }).optional();

function judging(stopping: AbortSignal, settleMs: number, onHeartbeat: (said: string) => void) {
  const vm = scriptedVm({ polls: ['stopped'], timing: { settleMs } });
  const namespace = { leftBehind: async () => CUT_SHORT };
  const activities = createRerunActivities({ ...vm, namespace, stopping });
  const hear = (details: unknown) => onHeartbeat(Beat.parse(details)?.lastAnswer ?? '');
  return { vm, verdict: runActivity(() => activities.judgeRerun({ vm: VM, ...OWN }), undefined, hear) };
}

describe('the verdict on a run that was reset in mid-work', () => {
  it('reads the VM again a settle time later, and reports for what it waits', async () => {
    const said: string[] = [];
    const { vm, verdict } = judging(new AbortController().signal, 50, (word) => said.push(word));

    assert.equal((await verdict).state, 'from-start');
    assert.equal(vm.taken.reads, 2);
    assert.match(said.join('\n'), /^a call of the run before this one may be on its way: the VM is read again at /m);
  });

  it('leaves that to another worker where this one stops', async () => {
    const worker = new AbortController();
    const { vm, verdict } = judging(worker.signal, 3_600_000, () => worker.abort());

    await assert.rejects(verdict, { type: 'WorkerStopping', nonRetryable: false });
    assert.equal(vm.taken.reads, 1);
  });
});
