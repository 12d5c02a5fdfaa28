import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { FleetInput } from '../contracts/fleet/fleet-input.js';
import type { FleetResult } from '../contracts/fleet/fleet-result.js';
import { answerQueries } from './fleet/answer-queries.js';
import { bake } from './fleet/bake.js';
import { conclude } from './fleet/conclude.js';
import { takeControl } from './fleet/control.js';
import { Crew } from './fleet/crew.js';
import { rebuildDeferred } from './fleet/deferred.js';
import { changeOr, type Fleet } from './fleet/fleet.js';
import { FleetRecord } from './fleet/fleet-record.js';
import { passGate } from './fleet/gate.js';
import { endOnCancellation, hearMembers } from './fleet/hear.js';
import { Notice } from './fleet/notice.js';
import { rebuildWave } from './fleet/rebuild-wave.js';
import { rollBackFleet } from './fleet/roll-back-fleet.js';
import { Sights } from './fleet/sights.js';
import { parseInput } from './parse-request.js';

/**
 * Moves the VMs of a plan to their image, wave by wave, each by a `rebuildInstance` of its own under the lock of the
 * VM. No more VMs are unavailable at a time, and no more fail, than the policy bears; outside its windows, while
 * paused or frozen, none is started. Whatever happens, a rebuild that was started is carried to its end.
 * @param input - a FleetInput
 * @returns the result when it is done
 * @throws ApplicationFailure FleetFailed · FleetAborted · FleetRejected, with the FleetResult as its detail
 */
export async function reimageFleet(input: unknown): Promise<FleetResult> {
  const fleet = openFleet(parseInput(FleetInput, input, 'fleet'));
  answerQueries(fleet);
  takeControl(fleet);
  hearMembers(fleet);
  endOnCancellation(fleet);
  return await CancellationScope.nonCancellable(async () => {
    for (let { wave } = fleet.record; wave < fleet.input.waves.length; wave += 1) {
      fleet.record.enter(wave);
      await passGate(fleet);
      await moveWave(fleet);
      if (fleet.record.ending !== null) break;
    }
    await rebuildDeferred(fleet);
    await endHeld(fleet);
    await rollBackFleet(fleet);
    await condition(allHandlersFinished);
    return conclude(fleet);
  });
}

function openFleet(input: FleetInput): Fleet {
  const record = new FleetRecord(input);
  const sights = new Sights(input, record);
  return { input, record, sights, crew: new Crew(input, record, sights), notice: new Notice(input, record) };
}

/** Rebuilds and judges a wave, and again what was put back in the queue meanwhile. */
async function moveWave(fleet: Fleet): Promise<void> {
  do {
    await rebuildWave(fleet);
    await bake(fleet);
    await resumed(fleet);
  } while (fleet.record.hasWork);
}

/** A paused fleet goes nowhere, not even to its end: an operator may still want VMs tried again. */
async function resumed(fleet: Fleet): Promise<void> {
  while (fleet.record.pause !== null && fleet.record.ending === null) await changeOr(fleet, null);
}

/** All waves are over, but for VMs that are held: a fleet does not end before them. */
async function endHeld(fleet: Fleet): Promise<void> {
  while (fleet.record.members.tally.inFlight > 0) {
    await changeOr(fleet, null);
    await moveWave(fleet);
  }
}
