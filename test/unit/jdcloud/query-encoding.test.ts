import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeQuery, filterPairs, listPairs, scalarPairs, tagPairs } from '../../../jdcloud/query-encoding.js';

describe('a query to JD Cloud', () => {
  it('counts lists from 1', () => {
    assert.deepEqual(listPairs('instanceIds', ['i-a', 'i-b']), [
      ['instanceIds.1', 'i-a'],
      ['instanceIds.2', 'i-b'],
    ]);
  });

  it('names each filter, its operator where it has one, and its values', () => {
    const filters = [
      { name: 'status', values: ['running', 'stopped'] },
      { name: 'az', operator: 'ne', values: ['cn-north-1a'] },
    ] as const;

    assert.deepEqual(filterPairs(filters), [
      ['filters.1.name', 'status'],
      ['filters.1.values.1', 'running'],
      ['filters.1.values.2', 'stopped'],
      ['filters.2.name', 'az'],
      ['filters.2.operator', 'ne'],
      ['filters.2.values.1', 'cn-north-1a'],
    ]);
  });

  it('names each tag, and its values where there are any', () => {
    assert.deepEqual(tagPairs([{ key: 'tier', values: ['web', 'db'] }, { key: 'canary' }]), [
      ['tags.1.key', 'tier'],
      ['tags.1.values.1', 'web'],
      ['tags.1.values.2', 'db'],
      ['tags.2.key', 'canary'],
    ]);
  });

  it('leaves out what is not said, and writes the rest as text', () => {
    const parameters = { pageNumber: 2, imageSource: undefined, deleteSnapshot: false, name: '' };

    assert.deepEqual(scalarPairs(parameters), [
      ['pageNumber', '2'],
      ['deleteSnapshot', 'false'],
      ['name', ''],
    ]);
  });

  it('is encoded name by name and value by value, in its order', () => {
    const pairs = [
      ['filters.1.name', 'a=b&c'],
      ['b', "it's (1)"],
      ['a', '金'],
    ] as const;

    assert.equal(encodeQuery(pairs), 'filters.1.name=a%3Db%26c&b=it%27s%20%281%29&a=%E9%87%91');
    assert.equal(encodeQuery([]), '');
  });
});
