import { changeOr, type Fleet } from './fleet.js';
import { moveWave } from './move-wave.js';

/** Pauses before each further try at VMs that were busy: about twenty minutes in all. */
export const PAUSES_SECONDS = [0, 5, 10, 20, 40, 80, 160, 320, 640];

/** Tries the VMs again that were busy with another rebuild. Those that still are end as skipped. */
export async function moveDeferred(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  const deferred = () => record.members.inState(['deferred']);
  for (const seconds of PAUSES_SECONDS.slice(record.waits.deferredTries)) {
    if (deferred().length === 0 || record.isEnding) break;
    await pause(fleet, seconds);
    record.waits.deferredTries += 1;
    for (const { at } of deferred()) record.members.change(at, { state: 'waiting' });
    await moveWave(fleet);
  }
  record.waits.deferredTries = 0;
  if (deferred().length === 0 || record.isEnding) return;
  for (const { at } of deferred()) record.members.change(at, STILL_BUSY);
  record.noteChange();
}

/** What a VM ends as that was busy at every try. */
export const STILL_BUSY = {
  state: 'skipped',
  failure: 'OperationInProgress',
  note: 'still busy with another rebuild',
} as const;

async function pause(fleet: Fleet, seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  fleet.record.halted({
    why: 'VMs that were busy with another rebuild are tried again',
    until: { what: 'the busy VMs are tried again', at: until },
  });
  while (Date.now() < until && !fleet.record.isEnding) await changeOr(fleet, until);
}
