import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { FleetInput } from '../contracts/fleet/fleet-input.js';
import type { FleetResult } from '../contracts/fleet/fleet-progress.js';
import { ChildRebuilds } from './fleet/child-rebuilds.js';
import { type Fleet, RunHistory } from './fleet/fleet-context.js';
import { FleetState } from './fleet/fleet-state.js';
import { answerQueries, endOnCancellation, handleMemberSignals } from './fleet/handlers.js';
import { makeClaims, refuseOtherLock, takesLock } from './fleet/lock.js';
import { Observations } from './fleet/observations.js';
import { conclude, finish, judgeCanary, moveWave, passGate, putBack } from './fleet/rollout.js';
import { FleetVisibility } from './fleet/status.js';
import { takeControl } from './fleet/updates.js';
import { parseInput } from './runtime/parse-input.js';

/**
 * Moves the VMs of a plan to their image, wave by wave, each by a `rebuildInstance` of its own under the lock of the
 * VM. No more VMs are unavailable at a time, and no more fail, than the policy bears; outside its windows, while
 * paused or frozen, none is started. Whatever happens, a rebuild that was started is carried to its end. Its own workflow
 * id is a lock too: one fleet of a name in a region at a time.
 * @param input - a FleetInput
 * @returns the result when it is done
 * @throws ApplicationFailure FleetFailed · FleetAborted · FleetRejected · PlanUsed · DecisionRefused, with the FleetResult
 * as its detail; InvalidInput, also for a workflow id that is not the fleet's lock
 */
export async function reimageFleet(input: unknown): Promise<FleetResult> {
  const fleet = openFleet(parseInput(FleetInput, input, 'fleet'));
  const isFirstRun = takesLock();
  if (isFirstRun) refuseOtherLock(fleet.input);
  answerQueries(fleet);
  takeControl(fleet);
  handleMemberSignals(fleet);
  endOnCancellation(fleet);
  return await CancellationScope.nonCancellable(async () => {
    fleet.children.rejoin();
    if (isFirstRun) await makeClaims(fleet);
    if (fleet.record.goal === 'forward') await moveForward(fleet);
    await putBack(fleet);
    await condition(allHandlersFinished);
    return conclude(fleet);
  });
}

async function moveForward(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  for (let { wave } = record; wave < input.waves.length && record.ending === null; wave += 1) {
    record.enter(wave);
    await passGate(fleet);
    await moveWave(fleet);
    await judgeCanary(fleet);
  }
  await finish(fleet);
}

function openFleet(input: FleetInput): Fleet {
  const record = new FleetState(input);
  const observations = new Observations(input, record);
  const children = new ChildRebuilds(input, record, observations);
  return {
    input,
    record,
    observations,
    children,
    visibility: new FleetVisibility(input, record),
    history: new RunHistory(input),
  };
}
