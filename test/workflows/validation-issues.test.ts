import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { FailureType } from '../../contracts/failures.js';
import type { ValidationIssue } from '../../contracts/rebuild-plan.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { image, keypair, region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';

interface Row {
  readonly name: string;
  readonly codes: readonly ValidationIssue['code'][];
  readonly status?: string;
  /** Where it is not ValidationFailed. */
  readonly type?: FailureType;
  readonly vm?: Parameters<typeof vm>[2];
  readonly image?: Parameters<typeof image>[1];
  readonly request?: Partial<RebuildRequestInput>;
}

const byPassword = (passwordRef: string): Partial<RebuildRequestInput> => ({ passwordRef });
const env = { GOOD: 'Zx9!kT2#mW', SHORT: 'Zx9!', WORD: 'Zx9!password#W' };

const ROWS: readonly Row[] = [
  { name: 'a VM that is starting', codes: ['instance-status'], status: 'starting' },
  { name: 'a VM in error', codes: ['instance-status'], status: 'error' },
  { name: 'a VM in arrears', codes: ['instance-charge'], vm: { chargeStatus: 'arrear' }, type: 'ChargeOverdue' },
  {
    name: 'a VM that is protected',
    codes: ['protected'],
    vm: { tags: [{ key: 'reimage-protected', value: 'holds the ledger' }] },
  },
  { name: 'a system disk that is being detached', codes: ['system-disk'], vm: { systemDisk: { status: 'detaching' } } },
  { name: 'an image that is not there', codes: ['image-not-found'], request: { imageId: 'img-nowhere' } },
  {
    name: 'an original image that was deleted',
    codes: ['image-deleted'],
    vm: { imageId: 'img-deleted' },
    type: 'ImageDeleted',
  },
  { name: 'an image that is being made', codes: ['image-status'], image: { status: 'pending' } },
  { name: 'an image that is offline', codes: ['image-offline'], image: { offline: true, imageSource: 'public' } },
  { name: 'an image that has expired', codes: ['image-expired'], image: { expiredTime: '2020-01-01T00:00:00Z' } },
  { name: 'an image for local disks', codes: ['disk-type'], image: { rootDeviceType: 'localDisk' } },
  { name: 'an image larger than the disk', codes: ['disk-size'], image: { systemDiskSizeGB: 80 } },
  { name: 'an image for another architecture', codes: ['architecture'], image: { architecture: 'arm64' } },
  { name: 'an image for another boot mode', codes: ['boot-mode'], image: { bootMode: 'uefi' } },
  {
    name: 'an image that excludes the instance type',
    codes: ['instance-type'],
    image: {
      imageSource: 'public',
      constraints: { constraintsType: 'excludes', instanceTypes: ['g.n2.large'] },
    },
  },
  {
    name: 'a health check at an address that the VM lacks',
    codes: ['health-check'],
    request: { healthChecks: [{ kind: 'http', url: 'http://{elasticIp}/' }] },
  },
  { name: 'a key that is not there', codes: ['key-not-found'], request: { keyNames: ['nobody'] } },
  {
    name: 'Windows with a key',
    codes: ['platform-login', 'platform-login'],
    image: { osType: 'windows', platform: 'Windows Server' },
  },
  { name: 'a host name that breaks the rules', codes: ['hostname'], request: { hostname: '-db-' } },
  { name: 'a password that is too short', codes: ['password'], request: byPassword('env:SHORT') },
  { name: 'a password with a forbidden word', codes: ['password'], request: byPassword('env:WORD') },
  { name: 'a password that cannot be read', codes: ['password'], request: byPassword('env:NO_SUCH') },
  {
    name: 'several things at once, all of them told',
    codes: ['disk-size', 'architecture', 'key-not-found'],
    image: { systemDiskSizeGB: 80, architecture: 'arm64' },
    request: { keyNames: ['nobody'] },
  },
];

const rows = ROWS.map((row, index) => ({ ...row, instanceId: uniqueVmId(), imageId: `img-row${index}` }));
const scope = { after };
const cloud = await startSimulator({
  compress: 100,
  state: region({
    vms: rows.map((row) => vm(row.instanceId, row.status, row.vm)),
    images: [image('img-ubuntu2204'), ...rows.map((row) => image(row.imageId, row.image))],
    keypairs: [keypair('ops')],
  }),
});
defer(scope, () => cloud.close());
const worker = await startTestWorker(scope, { cloud, env });

describe('what does not fit', { concurrency: true }, () => {
  for (const { name, codes, instanceId, imageId, vm: ofVm, request = {}, type = 'ValidationFailed' } of rows) {
    it(`${name}: nothing is stopped`, async () => {
      const image = ofVm?.imageId === undefined ? { imageId } : {};
      const result = await worker.execute(requestFor(instanceId, { ...image, ...request }));

      assert.equal(result.failure?.type, type, result.failure?.message);
      assert.deepEqual(
        result.failure?.issues?.map(({ code }) => code),
        codes,
      );
      const touched = cloud.journal.calls({ instanceId }).filter(({ operation }) => !operation.startsWith('describe'));
      assert.deepEqual(touched, []);
      assert.deepEqual(cloud.journal.changes({ instanceId }), []);
    });
  }

  it('a VM that is not there: VmNotFound', async () => {
    const result = await worker.execute(requestFor(uniqueVmId()));
    assert.equal(result.failure?.type, 'VmNotFound');
  });

  it('an image deleted while the VM stops: nothing is erased and the VM runs again', async (t) => {
    const instanceId = uniqueVmId();
    const other = await startSimulator({
      compress: 20,
      state: region({ vms: [vm(instanceId)], images: [image('img-ubuntu2204'), image('img-brief')] }),
    });
    defer(t, () => other.close());
    const own = await startTestWorker(t, { cloud: other });
    const handle = await own.start(requestFor(instanceId, { imageId: 'img-brief' }));
    await other.waitFor(({ vm: look }) => look(instanceId).status === 'stopping', 120_000);
    other.act.removeImage('img-brief');

    const { failure } = await outcomeOf(handle);
    assert.deepEqual(
      [failure?.type, failure?.issues?.map(({ code }) => code)],
      ['ValidationFailed', ['image-not-found']],
    );
    assert.deepEqual(other.journal.calls({ operation: 'rebuildInstance' }), [], 'JD Cloud is not asked to refuse it');
    assert.equal(other.vm(instanceId).status, 'running');
  });
});
