import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildTarget } from '../../../activities/decisions/landing.js';
import { reconcileRebuild } from '../../../activities/rebuild/reconcile.js';
import { CredentialsError, PermissionError } from '../../../jdcloud/errors.js';
import { scriptedVm, type Shown, TARGET } from './scripted-vm.js';

const TRACELESS: RebuildTarget = { ...TARGET, imageId: 'img-old', markerUsable: false };
const FACTS = {
  operation: 'describeInstancesCustomData',
  httpStatus: 401,
  status: null,
  code: null,
  requestId: 'r',
  retryAfterMs: null,
  mayHaveArrived: false,
};
const never = new AbortController().signal;
/** So long that a busy machine comes to each poll; what is believed at once does not wait for its end. */
const LONG_SETTLE = { settleMs: 30_000 };

describe('what became of a rebuild call whose answer was lost', { concurrency: true }, () => {
  it('is told by a poll that saw it rebuilding, though the looks before and after show what was before', async () => {
    const vm = scriptedVm({
      polls: ['stopped', 'rebuilding', 'stopped'],
      reads: ['stopped'],
      timing: LONG_SETTLE,
    });

    const { landed, sawRebuilding } = await reconcileRebuild(vm, TRACELESS, never);

    assert.deepEqual([landed, sawRebuilding], ['yes', true]);
    assert.equal(vm.taken.polls, 2, 'and it is believed at once');
  });

  it('is told so too where it would otherwise be sent again', async () => {
    const vm = scriptedVm({ polls: ['rebuilding', 'stopped'], reads: ['stopped'], timing: LONG_SETTLE });

    assert.equal((await reconcileRebuild(vm, TARGET, never)).landed, 'yes');
  });

  it('is no for a VM that shows no trace for a settle time, and unknown where it need not leave any', async () => {
    const looks = { polls: ['stopped'], reads: ['stopped'] };

    assert.equal((await reconcileRebuild(scriptedVm(looks), TARGET, never)).landed, 'no');
    assert.equal((await reconcileRebuild(scriptedVm(looks), TRACELESS, never)).landed, 'unknown');
  });

  for (const Refusal of [CredentialsError, PermissionError]) {
    const refusing = (reads: readonly Shown[]) => {
      const vm = scriptedVm({ polls: ['stopped'], reads });
      return { ...vm, reader: { ...vm.reader, customData: () => Promise.reject(new Refusal('no', FACTS)) } };
    };

    it(`is told by what the VM shows, though its metadata is refused by a ${Refusal.name}`, async () => {
      const vm = refusing([{ status: 'stopped', imageId: 'img-new' }]);
      assert.equal((await reconcileRebuild(vm, TARGET, never)).landed, 'yes');
    });

    it(`is not concluded from what it does not show, while its metadata is refused by a ${Refusal.name}`, async () => {
      await assert.rejects(reconcileRebuild(refusing(['stopped']), TARGET, never), Refusal);
    });
  }
});
