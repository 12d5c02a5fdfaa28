import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differences, profileOf } from '../../../activities/rebuild/vm-profile.js';
import { Instance } from '../../../jdcloud/schemas.js';
import { facts } from './facts.js';

const port = (networkInterfaceId: string, groups: string[]) => ({
  networkInterface: {
    networkInterfaceId,
    macAddress: 'fa:16:3e:00:00:01',
    securityGroups: groups.map((groupId) => ({ groupId })),
  },
});
const before = {
  instanceId: 'i-1',
  instanceName: 'db-1',
  hostName: 'db-1',
  privateIpAddress: '10.0.0.3',
  elasticIpAddress: '116.0.0.1',
  keyNames: ['ops'],
  charge: { chargeMode: 'postpaid_by_duration' },
  tags: [{ key: 'env', value: 'prod' }],
  dataDisks: [{ deviceName: 'vdb', diskCategory: 'cloud', cloudDisk: { diskId: 'vol-1' } }],
  primaryNetworkInterface: port('port-1', ['sg-1', 'sg-2']),
};
const look = (changes: object = {}) => profileOf(Instance.parse({ ...before, ...changes }));
const { request } = facts();

/** The names of what differs; each warning begins with one. */
const changed = (changes: object, asked: object = {}) =>
  differences(look(), look(changes), facts({ request: asked }).request).map(({ message }) => message.split(':')[0]);

const ROWS: readonly { name: string; changes: object; names: string[] }[] = [
  { name: 'nothing', changes: {}, names: [] },
  { name: 'the private address', changes: { privateIpAddress: '10.0.0.4' }, names: ['private address'] },
  { name: 'an elastic address taken away', changes: { elasticIpAddress: null }, names: ['elastic address'] },
  {
    name: 'another data disk',
    changes: { dataDisks: [{ deviceName: 'vdb', cloudDisk: { diskId: 'vol-2' } }] },
    names: ['data disk vdb'],
  },
  { name: 'a data disk gone', changes: { dataDisks: [] }, names: ['data disk vdb'] },
  {
    name: 'another security group',
    changes: { primaryNetworkInterface: port('port-1', ['sg-1', 'sg-9']) },
    names: ['security groups of port-1'],
  },
  { name: 'a tag', changes: { tags: [{ key: 'env', value: 'test' }] }, names: ['tag env'] },
  { name: 'a new tag', changes: { tags: [...before.tags, { key: 'new', value: 'x' }] }, names: ['tag new'] },
  { name: 'the charge mode', changes: { charge: { chargeMode: 'prepaid_by_duration' } }, names: ['charge mode'] },
  { name: 'the host name', changes: { hostName: 'localhost' }, names: ['host name'] },
  {
    name: 'the same groups in another order',
    changes: { primaryNetworkInterface: port('port-1', ['sg-2', 'sg-1']) },
    names: [],
  },
  {
    name: 'image and system disk, which a rebuild changes',
    changes: { imageId: 'img-2', systemDisk: { deviceName: 'vda' } },
    names: [],
  },
];

describe('what changed beside the system disk', () => {
  for (const { name, changes, names } of ROWS) {
    it(`${name}: ${names.join(', ') || 'no warning'}`, () => {
      assert.deepEqual(changed(changes), names);
    });
  }

  it('is not what was asked for: key and host name', () => {
    const asked = { hostname: 'db-2', keyNames: ['deploy'] };
    assert.deepEqual(changed({ hostName: 'db-2', keyNames: ['deploy'] }, asked), []);
  });

  it('is what was asked for and did not come', () => {
    assert.deepEqual(changed({}, { hostname: 'db-2', keyNames: ['deploy'] }), ['host name', 'keys']);
  });

  it('says what was expected and what is', () => {
    const [warning] = differences(look(), look({ privateIpAddress: '10.0.0.4' }), request);
    assert.deepEqual(warning, {
      code: 'settings-changed',
      message: 'private address: expected 10.0.0.3, is 10.0.0.4.',
    });
  });
});
