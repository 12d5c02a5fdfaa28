import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

const REFUSED_START = {
  operation: 'startInstance',
  kind: { status: 400, code: 'FAILED_PRECONDITION', message: 'System disk not found', when: 'before' },
} as const;
const PASSWORD = { passwordRef: 'env:REIMAGE_SECRET_P' } as const;
const ENV = { worker: { env: { REIMAGE_SECRET_P: 'Zx9!kT2#mW' } } };
const WINDOWS = 'img-windows';

const misfitsOf = ({ failure }: RebuildResult) => failure?.issues?.map(({ code }) => code);
const performed = ({ cloud }: Lane, operation: 'stopInstance' | 'rebuildInstance') =>
  cloud.journal.effective(operation);

describe('a way back that is not there', { concurrency: 4 }, () => {
  for (const request of [{ onFailure: 'rollback' }, { onFailure: 'hold', hold: { atDeadline: 'rollback' } }] as const)
    it(`refuses the rebuild before the stop, given ${JSON.stringify(request)} and a former image that was deleted`, () =>
      inLane({}, async (lane) => {
        lane.cloud.act.removeImage(DEFAULT_IMAGE_ID);
        const result = await lane.worker.execute(requestFor(lane.instanceId, { ...request, imageId: OTHER_IMAGE_ID }));

        assert.deepEqual(misfitsOf(result), ['rollback-source']);
        assert.deepEqual([performed(lane, 'stopInstance'), lane.cloud.vm(lane.instanceId).status], [0, 'running']);
      }));

  it('refuses the rebuild call, where the former image is deleted while the VM stops', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const handle = await worker.start(requestFor(instanceId, { onFailure: 'rollback', imageId: OTHER_IMAGE_ID }));
      await cloud.waitFor(({ vm }) => vm(instanceId).status === 'stopping', 120_000);
      cloud.act.removeImage(DEFAULT_IMAGE_ID);
      const result = await outcomeOf(handle);

      assert.deepEqual(misfitsOf(result), ['rollback-source']);
      assert.deepEqual([performed(lane, 'rebuildInstance'), cloud.vm(instanceId).status], [0, 'running']);
    }));

  it('refuses the rebuild call, where the backup is deleted once it was ready', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const handle = await worker.start(requestFor(instanceId, { backup: 'image', imageId: OTHER_IMAGE_ID }));
      let isRemoved = false;
      // Right after the look that has found it ready.
      await cloud.waitFor(({ journal }) => {
        const [made] = journal.changes({ to: 'ready' });
        const looks = journal.calls({ operation: 'describeImages' }).filter(({ httpStatus }) => httpStatus === 200);
        if (made === undefined || !looks.some(({ seq }) => seq > made.seq)) return false;
        if (!isRemoved) {
          isRemoved = true;
          cloud.act.removeImage(made.imageId ?? '');
        }
        return true;
      }, 60_000);
      const result = await outcomeOf(handle);

      assert.deepEqual(misfitsOf(result), ['backup'], result.failure?.message);
      assert.deepEqual([performed(lane, 'rebuildInstance'), cloud.vm(instanceId).status], [0, 'running']);
    }));
});

describe('a way back that is there', { concurrency: 4 }, () => {
  it('gives a Windows VM its backup back by the password', () =>
    inLane(
      {
        ...ENV,
        overrides: { osType: 'windows', platform: 'Windows Server', imageId: WINDOWS },
        images: [image(WINDOWS, { osType: 'windows' })],
      },
      async ({ cloud, worker, instanceId }) => {
        cloud.addFault(REFUSED_START);
        const asked = { ...PASSWORD, backup: 'image', onFailure: 'rollback' } as const;
        const result = await worker.execute(requestFor(instanceId, { ...asked, imageId: OTHER_IMAGE_ID }));

        assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
        assert.deepEqual([cloud.vm(instanceId).status, cloud.vm(instanceId).osType], ['running', 'windows']);
      },
    ));

  it('gives the VM its host name back, whatever the new system was to be called', () =>
    inLane({ overrides: { instanceName: 'Web 1', hostname: 'db-1.shop' } }, async ({ cloud, worker, instanceId }) => {
      cloud.addFault(REFUSED_START);
      const asked = { hostname: 'new-name', onFailure: 'rollback', imageId: OTHER_IMAGE_ID } as const;
      const result = await worker.execute(requestFor(instanceId, asked));

      assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
      assert.equal(cloud.vm(instanceId).hostname, 'db-1.shop');
    }));
});

describe('what is sent along', { concurrency: 4 }, () => {
  it("is the VM's host name: nothing beside the system disk is another", () =>
    inLane({ overrides: { instanceName: 'Web 1', hostname: 'db-1.shop' } }, async ({ cloud, worker, instanceId }) => {
      const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));

      assert.deepEqual([result.outcome, cloud.vm(instanceId).hostname], ['done', 'db-1.shop'], result.failure?.message);
      assert.deepEqual(
        result.warnings.filter(({ code }) => code === 'settings-changed').map(({ message }) => message),
        [],
      );
    }));

  it("is judged before the stop: a key of the VM's own metadata that JD Cloud takes no more", () =>
    inLane({ overrides: { metadata: [{ key: 'Team-', value: 'a' }] } }, async (lane) => {
      const result = await lane.worker.execute(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID }));

      assert.deepEqual(misfitsOf(result), ['metadata']);
      assert.match(result.failure?.message ?? '', /"Team-"/);
      assert.deepEqual([performed(lane, 'stopInstance'), lane.cloud.vm(lane.instanceId).status], [0, 'running']);
    }));
});
