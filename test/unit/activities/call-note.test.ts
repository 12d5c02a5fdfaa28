import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { InFlightMarker } from '../../../activities/runtime/in-flight-marker.js';

const NOTES: readonly { name: string; info: Partial<Info>; mayBeOut: boolean }[] = [
  { name: 'a first attempt', info: { attempt: 1 }, mayBeOut: false },
  { name: 'no note', info: { attempt: 2 }, mayBeOut: true },
  {
    name: 'the last word of the attempt before',
    info: { attempt: 3, heartbeatDetails: { attempt: 2, noneInFlight: true } },
    mayBeOut: false,
  },
  {
    name: 'the last word of an attempt before that',
    info: { attempt: 3, heartbeatDetails: { attempt: 1, noneInFlight: true } },
    mayBeOut: true,
  },
  {
    name: 'a note that a call may be out',
    info: { attempt: 3, heartbeatDetails: { attempt: 2, noneInFlight: false } },
    mayBeOut: true,
  },
  {
    name: 'attempts that an operator counts from 1 again',
    info: { attempt: 1, heartbeatDetails: { attempt: 4, noneInFlight: true } },
    mayBeOut: true,
  },
  { name: 'a note of another kind', info: { attempt: 2, heartbeatDetails: { observed: null } }, mayBeOut: true },
];

describe('what an attempt believes of those before it', () => {
  for (const { name, info, mayBeOut } of NOTES)
    it(`given ${name}, then a call ${mayBeOut ? 'may be' : 'is not'} out`, async () => {
      const environment = new MockActivityEnvironment({ ...info });
      const note: InFlightMarker = await environment.run(async () => new InFlightMarker(async () => undefined));
      note.stop();

      assert.equal(note.mayBeOut, mayBeOut);
    });
});

describe('what an attempt tells those after it', () => {
  it('is that a call may be out, until it says as its last word that none is', async () => {
    const environment = new MockActivityEnvironment({ attempt: 2 });
    const told: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => told.push(details));
    await environment.run(async () => new InFlightMarker(async () => undefined).noneInFlight());

    assert.deepEqual(told, [
      { attempt: 2, noneInFlight: false },
      { attempt: 2, noneInFlight: true },
    ]);
  });
});
