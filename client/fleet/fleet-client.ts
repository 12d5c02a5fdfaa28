import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { FleetSpec, type FleetSpecInput } from '../../contracts/fleet/fleet-spec.js';
import type { ClientContext } from '../client-context.js';
import { parseInput } from '../parse-input.js';
import { planFleet, readPlan } from './plan-fleet.js';

/** Reimages fleets. Reached as `ReimageClient.fleets`; its methods throw as those of `ReimageClient` do. */
export class FleetClient {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Plans the reimage of a fleet: who is rebuilt onto which image, in which waves, under which limits, and who is
   * skipped and why. Nothing is touched. Needs a worker.
   * @throws ReimageNotFoundError for ids of VMs that there are not · ReimageError `InvalidInput` for an image or a time
   * zone that there is not · ReimageUnreachableError when no worker answers
   */
  async plan(spec: FleetSpecInput, options: { readonly workerTimeoutMs?: number } = {}): Promise<FleetPlan> {
    return await planFleet(this.#context, parseInput(FleetSpec, spec), options.workerTimeoutMs);
  }

  /** Reads a plan again, by its `planId`, as long as the namespace keeps it. Needs a worker. @throws ReimageNotFoundError */
  async readPlan(planId: string): Promise<FleetPlan> {
    return await readPlan(this.#context, planId);
  }
}
