import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tellingWait, type Waiting } from '../../../temporal/waiting.js';
import { eventually } from '../../fixtures/eventually.js';

describe('a wait', () => {
  it('says nothing when it is over at once', async () => {
    const told: Waiting[] = [];
    assert.equal(
      await tellingWait(
        (waiting) => told.push(waiting),
        { what: 'x', forMs: 1_000 },
        async () => 7,
      ),
      7,
    );
    assert.deepEqual(told, []);
  });

  it('that lasts says for what, why, and how long it goes on, and tells another reason when there is one', async () => {
    const told: Waiting[] = [];
    let why = 'refused.';
    const looked: string[] = [];
    const waitFor = {
      what: 'the server',
      forMs: 60_000,
      lastError: () => {
        looked.push(why);
        return why;
      },
    };
    await tellingWait(
      (waiting) => told.push(waiting),
      waitFor,
      async () => {
        await eventually('it is told', () => told.length === 1);
        await eventually('it is looked at again', () => looked.length > 2);
        assert.equal(told.length, 1, 'the same reason is no news');
        why = 'no route';
        await eventually('the other reason is told', () => told.length === 2);
      },
    );
    const [first, second] = told;
    assert.deepEqual([first?.what, first?.lastError, second?.lastError], ['the server', 'refused.', 'no route']);
    assert.equal(Date.parse(first?.until ?? '') - Date.parse(first?.since ?? ''), 60_000);
    assert.equal(first?.note, `waiting for the server: refused; until ${first?.until}`);
  });

  it('goes on when the reason cannot be found, which is told, and when nobody wants to hear of it', async () => {
    const told: Waiting[] = [];
    const waitFor = {
      what: 'it',
      forMs: null,
      lastError: async () => {
        throw new Error('nobody knows');
      },
    };
    const tell = (waiting: Waiting) => {
      told.push(waiting);
      throw new Error('not interested');
    };
    const done = await tellingWait(tell, waitFor, async () => {
      await eventually('it is told', () => told.length === 1);
      return 'done';
    });
    assert.equal(done, 'done');
    assert.deepEqual([told[0]?.lastError, told[0]?.until], ['nobody knows', null]);
  });
});
