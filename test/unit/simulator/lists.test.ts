import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { image, keypair, region, vm } from '../../../simulator/model/builders.js';
import { callBySdk } from './support/sdks/node-sdk.js';
import { call } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const PAGED = region({
  vms: Array.from({ length: 25 }, (_, index) =>
    vm(`i-${index}`, 'running', { launchTime: `2026-06-${String(index + 1).padStart(2, '0')} 00:00:00` }),
  ),
});

const SHOP = region({
  vms: [
    vm('i-1', 'running', {
      instanceName: 'web-1',
      networkInterfaceId: 'port-1',
      az: 'cn-north-1a',
      tags: [{ key: 'env', value: 'prod' }],
    }),
    vm('i-2', 'stopped', { instanceName: 'web-2', az: 'cn-north-1b', tags: [{ key: 'env', value: 'test' }] }),
    vm('i-3', 'running', { instanceName: 'db-1', elasticIpAddress: '203.0.113.9', privateIpAddress: '10.0.7.3' }),
  ],
  images: [
    image('img-1', { imageSource: 'public', name: 'Ubuntu 22.04' }),
    image('img-2', { imageSource: 'public', offline: true }),
    image('img-3', { name: 'golden', rootDeviceType: 'localDisk', architecture: 'arm64', bootMode: 'uefi' }),
    image('img-4', { status: 'error', launchPermission: 'specifiedUsers' }),
    image('img-5', { visible: false }),
  ],
  keypairs: [keypair('ops'), keypair('deploy')],
});

const Items = z.array(
  z.looseObject({ instanceId: z.string().optional(), imageId: z.string().optional(), used: z.int().optional() }),
);

function ids(list: unknown): string[] {
  return Items.parse(list)
    .map(({ instanceId, imageId }) => instanceId ?? imageId ?? '')
    .toSorted();
}

describe('paging', () => {
  it('gives 20 by default, newest first, with the count of all', async (t) => {
    const simulator = await simulatorFor(t, { state: PAGED });
    const { result } = await callBySdk(simulator, 'describeInstanceStatus');

    assert.equal(result?.['totalCount'], 25);
    assert.deepEqual(
      result?.['instanceStatuses'],
      Array.from({ length: 20 }, (_, index) => ({ instanceId: `i-${24 - index}`, status: 'running' })),
    );
  });

  it('gives each VM once over all pages, and nothing past the end', async (t) => {
    const simulator = await simulatorFor(t, { state: PAGED });
    const pages = [];
    for (const pageNumber of [1, 2, 3, 4]) {
      const { result } = await callBySdk(simulator, 'describeInstances', { pageNumber, pageSize: 10 });
      assert.equal(result?.['totalCount'], 25);
      pages.push(ids(result?.['instances']));
    }

    assert.deepEqual(pages.flat().toSorted(), PAGED.vms.map(({ instanceId }) => instanceId).toSorted());
    assert.deepEqual(pages[3], []);
  });
});

const FILTERS: readonly { name: string; options: object; found: readonly string[] }[] = [
  { name: 'no filter', options: {}, found: ['i-1', 'i-2', 'i-3'] },
  {
    name: 'ids, unknown ones absent',
    options: { filters: [{ name: 'instanceId', values: ['i-1', 'i-9'] }] },
    found: ['i-1'],
  },
  {
    name: 'values are alternatives',
    options: { filters: [{ name: 'az', values: ['cn-north-1b', 'cn-north-1c'] }] },
    found: ['i-2'],
  },
  {
    name: 'filters must all hold',
    options: {
      filters: [
        { name: 'status', values: ['running'] },
        { name: 'name', values: ['web'] },
      ],
    },
    found: ['i-1'],
  },
  { name: 'a part of the name', options: { filters: [{ name: 'name', values: ['eb-'] }] }, found: ['i-1', 'i-2'] },
  {
    name: 'a part of the address',
    options: { filters: [{ name: 'privateIpAddress', values: ['.7.3'] }] },
    found: ['i-3'],
  },
  { name: 'no part of an id', options: { filters: [{ name: 'instanceId', values: ['i-'] }] }, found: [] },
  {
    name: 'an elastic address',
    options: { filters: [{ name: 'elasticIpAddress', values: ['203.0.113.9'] }] },
    found: ['i-3'],
  },
  {
    name: 'an elastic address or a network interface',
    options: {
      filters: [
        { name: 'elasticIpAddress', values: ['203.0.113.9'] },
        { name: 'networkInterfaceId', values: ['port-1'] },
      ],
    },
    found: ['i-1', 'i-3'],
  },
  {
    name: 'operator ne',
    options: { filters: [{ name: 'status', values: ['running'], operator: 'ne' }] },
    found: ['i-2'],
  },
  {
    name: 'operator like',
    options: { filters: [{ name: 'instanceId', values: ['-3'], operator: 'like' }] },
    found: ['i-3'],
  },
  {
    name: 'operator ge',
    options: { filters: [{ name: 'az', values: ['cn-north-1b'], operator: 'ge' }] },
    found: ['i-2'],
  },
  { name: 'a tag key', options: { tags: [{ key: 'env' }] }, found: ['i-1', 'i-2'] },
  { name: 'a tag value', options: { tags: [{ key: 'env', values: ['prod', 'dev'] }] }, found: ['i-1'] },
];

describe('filters of VMs', () => {
  for (const { name, options, found } of FILTERS) {
    it(name, async (t) => {
      const simulator = await simulatorFor(t, { state: SHOP });
      const { result } = await callBySdk(simulator, 'describeInstances', options);

      assert.deepEqual(ids(result?.['instances']), found);
      assert.equal(result?.['totalCount'], found.length);
    });
  }
});

const IMAGES: readonly { name: string; options: object; found: readonly string[] }[] = [
  { name: 'a source, images off line left out', options: { imageSource: 'public' }, found: ['img-1'] },
  { name: 'images off line', options: { imageSource: 'public', offline: true }, found: ['img-2'] },
  {
    name: 'ids, off line or not, those of others absent',
    options: { ids: ['img-1', 'img-2', 'img-5'] },
    found: ['img-1', 'img-2'],
  },
  { name: 'private images', options: { imageSource: 'private' }, found: ['img-3', 'img-4'] },
  { name: 'a status', options: { imageSource: 'private', status: 'ready' }, found: ['img-3'] },
  { name: 'a part of the name', options: { imageSource: 'private', imageName: 'old' }, found: ['img-3'] },
  { name: 'a disk kind', options: { imageSource: 'private', rootDeviceType: 'cloudDisk' }, found: ['img-4'] },
  { name: 'an architecture', options: { imageSource: 'private', architecture: 'arm64' }, found: ['img-3'] },
  { name: 'a platform', options: { imageSource: 'private', platform: 'CentOS' }, found: [] },
  { name: 'a launch permission', options: { imageSource: 'private', launchPermission: 'ownerOnly' }, found: ['img-3'] },
  {
    name: 'a launch permission does not matter for public images',
    options: { imageSource: 'public', launchPermission: 'ownerOnly' },
    found: ['img-1'],
  },
];

describe('filters of images', () => {
  for (const { name, options, found } of IMAGES) {
    it(name, async (t) => {
      const simulator = await simulatorFor(t, { state: SHOP });
      const { result } = await callBySdk(simulator, 'describeImages', options);

      assert.deepEqual(ids(result?.['images']), found);
      assert.equal(result?.['totalCount'], found.length);
    });
  }
});

describe('a boot mode, which the SDK on npm does not know yet', () => {
  it('is filtered by', async (t) => {
    const simulator = await simulatorFor(t, { state: SHOP });
    const query = [
      ['imageSource', 'private'],
      ['bootMode', 'bios'],
    ] as const;

    assert.deepEqual(ids((await call(simulator, { path: '/images', query })).json?.result?.['images']), ['img-4']);
  });
});

describe('quotas', () => {
  it('counts what is there against the limits, shares only when asked for', async (t) => {
    const simulator = await simulatorFor(t, { state: { ...SHOP, quotas: { image: 3 } } });
    const { result } = await callBySdk(simulator, 'describeQuotas');

    assert.deepEqual(
      Items.parse(result?.['quotas']).filter(({ used = 0 }) => used > 0),
      [
        { resourceType: 'instance', limit: 20, used: 3 },
        { resourceType: 'keypair', limit: 20, used: 2 },
        { resourceType: 'image', limit: 3, used: 3 },
      ],
    );
    assert.ok(!JSON.stringify(result).includes('imageShare'));
  });
});
