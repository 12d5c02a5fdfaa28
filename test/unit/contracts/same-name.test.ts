import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSameName } from '../../../contracts/fleet/fleet-control.js';

describe('the name of one person', () => {
  for (const other of ['ALICE', ' Alice ', 'ａｌｉｃｅ', 'ali\u200bce', 'al\u00adice\u202e', 'alice\u3000'])
    it(`is the same as ${JSON.stringify(other)}`, () => assert.equal(isSameName('alice', other), true));

  it('does not count how many blanks are in it', () => assert.ok(isSameName('王  小明', ' 王\u3000小明')));

  it('is the same with each form of a letter', () => {
    assert.ok(isSameName('STRASSE', 'straße'));
    assert.ok(isSameName('ΣΟΦΟΣ', 'σοφος'));
    assert.ok(isSameName('Jose\u0301', 'jos\u00e9'));
  });

  for (const other of ['alice2', 'al ice', 'bob', '', 'а lice'])
    it(`is another than ${JSON.stringify(other)}`, () => assert.equal(isSameName('alice', other), false));
});
