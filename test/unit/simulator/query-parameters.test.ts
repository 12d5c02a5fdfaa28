import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import { call, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const state = region({ vms: [vm('i-aaaaaaaaaa', 'stopped')] });

type Query = readonly (readonly [string, string])[];
const values = (count: number): Query =>
  Array.from({ length: count }, (_, index) => [`filters.1.values.${index + 1}`, `i-${index}`] as const);

const QUERIES: readonly { name: string; path: string; query: Query; answer: string }[] = [
  {
    name: 'pageSize 9',
    path: '/instances',
    query: [['pageSize', '9']],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  { name: 'pageSize 10', path: '/instances', query: [['pageSize', '10']], answer: '200' },
  { name: 'pageSize 100', path: '/instances', query: [['pageSize', '100']], answer: '200' },
  {
    name: 'pageSize 101',
    path: '/instances',
    query: [['pageSize', '101']],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  {
    name: 'pageSize 9 of statuses',
    path: '/instanceStatus',
    query: [['pageSize', '9']],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  {
    name: 'pageSize 9 of brief VMs',
    path: '/instances:describeBriefInstances',
    query: [['pageSize', '9']],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  {
    name: 'pageSize 101 of images',
    path: '/images',
    query: [
      ['pageSize', '101'],
      ['imageSource', 'public'],
    ],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  {
    name: 'pageSize 9 of key pairs',
    path: '/keypairs',
    query: [['pageSize', '9']],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  { name: 'pageSize 1 of custom data', path: '/instancesCustomData', query: [['pageSize', '1']], answer: '200' },
  {
    name: 'pageSize 11 of custom data',
    path: '/instancesCustomData',
    query: [['pageSize', '11']],
    answer: '400 OUT_OF_RANGE PageSize out of range',
  },
  {
    name: 'pageSize that is no number',
    path: '/instances',
    query: [['pageSize', 'many']],
    answer: "400 INVALID_ARGUMENT Invalid parameter 'pageSize'",
  },
  {
    name: 'pageNumber 0',
    path: '/instances',
    query: [['pageNumber', '0']],
    answer: '400 OUT_OF_RANGE PageNumber out of range',
  },
  {
    name: '100 values in a filter',
    path: '/instances',
    query: [['filters.1.name', 'instanceId'], ...values(100)],
    answer: '200',
  },
  {
    name: '101 values in a filter',
    path: '/instances',
    query: [['filters.1.name', 'instanceId'], ...values(101)],
    answer: "400 INVALID_ARGUMENT Too many values of 'filters.1.values', at most 100",
  },
  {
    name: '101 ids',
    path: '/images',
    query: Array.from({ length: 101 }, (_, index) => [`ids.${index + 1}`, `img-${index}`] as const),
    answer: "400 INVALID_ARGUMENT Too many values of 'ids', at most 100",
  },
  {
    name: 'a list counted from 0',
    path: '/images',
    query: [['ids.0', 'img-a']],
    answer: "400 INVALID_ARGUMENT Invalid numbering of 'ids'",
  },
  {
    name: 'a gap in a list',
    path: '/images',
    query: [
      ['ids.1', 'img-a'],
      ['ids.3', 'img-b'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid numbering of 'ids'",
  },
  {
    name: 'a gap between filters',
    path: '/instances',
    query: [
      ['filters.2.name', 'status'],
      ['filters.2.values.1', 'running'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid numbering of 'filters'",
  },
  {
    name: 'a filter without values',
    path: '/instances',
    query: [['filters.1.name', 'status']],
    answer: "400 INVALID_ARGUMENT Invalid parameter 'filters.1'",
  },
  {
    name: 'an unknown filter',
    path: '/instances',
    query: [
      ['filters.1.name', 'owner'],
      ['filters.1.values.1', 'me'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid filter name 'owner'",
  },
  {
    name: 'a filter that statuses do not know',
    path: '/instanceStatus',
    query: [
      ['filters.1.name', 'instanceType'],
      ['filters.1.values.1', 'x'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid filter name 'instanceType'",
  },
  {
    name: 'an unknown operator',
    path: '/instances',
    query: [
      ['filters.1.name', 'status'],
      ['filters.1.operator', 'near'],
      ['filters.1.values.1', 'x'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid filter operator 'near'",
  },
  {
    name: 'two names in a filter that takes one',
    path: '/instances',
    query: [
      ['filters.1.name', 'name'],
      ['filters.1.values.1', 'a'],
      ['filters.1.values.2', 'b'],
    ],
    answer: "400 INVALID_ARGUMENT Filter 'name' takes one value",
  },
  {
    name: 'a name that comes twice',
    path: '/instances',
    query: [
      ['pageSize', '10'],
      ['pageSize', '20'],
    ],
    answer: '400 INVALID_ARGUMENT Parameter repeated in query',
  },
  {
    name: 'images without ids and source',
    path: '/images',
    query: [],
    answer: '400 FAILED_PRECONDITION Parameter ImageSource missing',
  },
  {
    name: 'an unknown image source',
    path: '/images',
    query: [['imageSource', 'self']],
    answer: "400 INVALID_ARGUMENT Invalid parameter 'imageSource'",
  },
  {
    name: 'an offline that is neither true nor false',
    path: '/images',
    query: [
      ['imageSource', 'public'],
      ['offline', '1'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid parameter 'offline'",
  },
  {
    name: 'an unknown quota',
    path: '/quotas',
    query: [
      ['filters.1.name', 'resourceTypes'],
      ['filters.1.values.1', 'disk'],
    ],
    answer: "400 INVALID_ARGUMENT Invalid resourceType 'disk'",
  },
  {
    name: 'the quota of shares without an image',
    path: '/quotas',
    query: [
      ['filters.1.name', 'resourceTypes'],
      ['filters.1.values.1', 'imageShare'],
    ],
    answer: '400 INVALID_ARGUMENT Parameter ImageId missing',
  },
];

describe('parameters in a query', () => {
  for (const { name, path, query, answer } of QUERIES) {
    it(`${name}: ${answer.slice(0, 60)}`, async (t) => {
      const simulator = await simulatorFor(t, { state });
      assert.equal(gist(await call(simulator, { path, query })), answer);
    });
  }
});
