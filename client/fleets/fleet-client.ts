import type * as z from 'zod';
import {
  type AuditEntry,
  FLEET_UPDATES,
  type FleetUpdate,
  type FleetUpdateName,
} from '../../contracts/fleet/fleet-control.js';
import { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import type { FleetSpecInput } from '../../contracts/fleet/fleet-spec.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import { AskedFleet } from '../connection/asked.js';
import { type CallOptions, type ClientContext, contextOf } from '../connection/context.js';
import { ReimageInvalidInputError } from '../connection/errors.js';
import { parseInput } from '../connection/parse-input.js';
import type { PlanOptions } from '../rebuilds/plan.js';
import { controlFleet, type ControlOptions } from './control.js';
import { findFleet, FleetListQuery, FleetLookup, listFleets } from './find.js';
import type { FollowUp } from './follow-up.js';
import type { FleetOperation } from './operation.js';
import { planFleet, readPlan } from './plan.js';
import { fleetOf, type MembersFilter, phasesUnderWay, readFleet, readMembers } from './read.js';
import { type FleetReport, reportFleet } from './report.js';
import { planRetry, type RetryPlan } from './retry.js';
import { type FleetRollbackPlan, planFleetRollback, startRollback } from './rollback.js';
import { type FleetStartOptions, startPlan } from './start.js';
import { type FleetWaitOptions, waitForFleet } from './wait.js';

/**
 * Names a fleet: `fleetId` is its id, or its name, and then the one that runs, or ran last, is meant. A
 * {@link FleetOperation} fits. With the region, a fleet that runs is found without Temporal's index, which lags by a moment.
 */
export interface FleetNamed {
  readonly fleetId: string;
  readonly regionId?: string;
  /** A run of it, as a {@link FleetOperation} has one. */
  readonly runId?: string;
}

/** What an act on a fleet says: who, why, and what else it takes. */
export type FleetUpdateInput<Name extends FleetUpdateName> = z.input<(typeof FLEET_UPDATES)[Name]>;

/** An approval. `planDigest` fits as a plan (`digest`) or a {@link FleetOperation} has it; where that has none to show, null, it is refused. */
export type FleetApproval = Omit<FleetUpdateInput<'approve'>, 'planDigest'> & { readonly planDigest: string | null };

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
  async plan(spec: FleetSpecInput, options: PlanOptions = {}): Promise<FleetPlan> {
    return await planFleet(this.#of(options), parseInput(AskedFleet, spec), options.workerTimeoutMs);
  }

  /** Reads a plan again, by its `planId`, as long as the namespace keeps it. Needs a worker. @throws ReimageNotFoundError */
  async readPlan(planId: string, options: CallOptions = {}): Promise<FleetPlan> {
    return await readPlan(this.#of(options), planId);
  }

  /**
   * Starts a fleet and returns at once. A spec is planned and started; a plan is planned anew first, and refused when
   * it would be another one now. One fleet of a name runs in a region at a time, and each plan can be started once. In a
   * frozen namespace the fleet waits.
   * @throws ReimageFleetBusyError · ReimageError `PlanStale` · `PlanUsed` · ReimageInvalidInputError, also when no VM would be rebuilt ·
   * ReimageUnreachableError
   */
  async start(planOrSpec: FleetPlan | FleetSpecInput, options: FleetStartOptions = {}): Promise<FleetOperation> {
    const context = this.#of(options);
    if ('rows' in planOrSpec) return await startPlan(context, parseInput(FleetPlan, planOrSpec), options);
    const plan = await planFleet(context, parseInput(AskedFleet, planOrSpec), options.workerTimeoutMs);
    return await startPlan(context, plan, { ...options, replan: false });
  }

  /** Reads a fleet, running or finished. @throws ReimageNotFoundError */
  async get(fleet: FleetNamed, options: CallOptions = {}): Promise<FleetOperation> {
    return await readFleet(this.#of(options), lookupOf(fleet));
  }

  /** Lists fleets, without summary and result. */
  async list(query: z.input<typeof FleetListQuery> = {}, options: CallOptions = {}): Promise<FleetOperation[]> {
    return await listFleets(this.#of(options), parseInput(FleetListQuery, query));
  }

  /** Waits until a fleet has ended, through restarts of server and workers. One that failed or was aborted is a result, not an error. */
  async wait(fleet: FleetNamed, options: FleetWaitOptions = {}): Promise<FleetOperation> {
    return await waitForFleet(this.#context, lookupOf(fleet), options);
  }

  /** All VMs of a fleet, or those in some states, also when it has ended. Needs a worker. */
  async members(fleet: FleetNamed, filter: MembersFilter = {}, options: CallOptions = {}): Promise<MemberProgress[]> {
    return await readMembers(this.#of(options), await this.#head(fleet, options), filter);
  }

  /** The phase of each VM whose rebuild is under way, by VM id, from Temporal's index. */
  async phases(fleet: FleetNamed, options: CallOptions = {}): Promise<ReadonlyMap<string, Phase>> {
    return await phasesUnderWay(this.#of(options), await this.#head(fleet, options));
  }

  /** Starts no VM any more until {@link resume}; running rebuilds finish. @throws as {@link abort} */
  async pause(fleet: FleetNamed, act: FleetUpdateInput<'pause'>, options: ControlOptions = {}): Promise<AuditEntry> {
    return await this.#control(fleet, 'pause', act, options);
  }

  /** Ends a pause, also one of the failure budget: the failures until now are then tolerated. @throws as {@link abort} */
  async resume(fleet: FleetNamed, act: FleetUpdateInput<'resume'>, options: ControlOptions = {}): Promise<AuditEntry> {
    return await this.#control(fleet, 'resume', act, options);
  }

  /**
   * Opens the gate that the fleet waits at; `planDigest` says what is approved.
   * @throws as {@link abort} · ReimageInvalidInputError where nobody can say what is approved
   */
  async approve(fleet: FleetNamed, act: FleetApproval, options: ControlOptions = {}): Promise<AuditEntry> {
    const { planDigest } = act;
    if (planDigest === null) throw new ReimageInvalidInputError(NO_DIGEST, 'planDigest');
    return await this.#control(fleet, 'approve', { ...act, planDigest }, options);
  }

  /** Ends the fleet at its gate. @throws as {@link abort} */
  async reject(fleet: FleetNamed, act: FleetUpdateInput<'reject'>, options: ControlOptions = {}): Promise<AuditEntry> {
    return await this.#control(fleet, 'reject', act, options);
  }

  /**
   * Ends the fleet: running rebuilds finish; with `now` those before their rebuild call are cancelled.
   * @throws ReimageError `DecisionRefused` when it cannot be done now, or the fleet has ended · ReimageNotFoundError ·
   * ReimageUnreachableError when no worker answers
   */
  async abort(fleet: FleetNamed, act: FleetUpdateInput<'abort'>, options: ControlOptions = {}): Promise<AuditEntry> {
    return await this.#control(fleet, 'abort', act, options);
  }

  /** Changes limits of the rest of the run. @throws as {@link abort} */
  async set(fleet: FleetNamed, act: FleetUpdateInput<'set'>, options: ControlOptions = {}): Promise<AuditEntry> {
    return await this.#control(fleet, 'set', act, options);
  }

  /** Takes VMs out that have not been started. @throws as {@link abort} */
  async skip(fleet: FleetNamed, act: FleetUpdateInput<'skip'>, options: ControlOptions = {}): Promise<AuditEntry> {
    return await this.#control(fleet, 'skip', act, options);
  }

  /** Puts VMs that have failed back in the queue of the running fleet, all or these. @throws as {@link abort} */
  async retryFailed(
    fleet: FleetNamed,
    act: FleetUpdateInput<'retryFailed'>,
    options: ControlOptions = {},
  ): Promise<AuditEntry> {
    return await this.#control(fleet, 'retryFailed', act, options);
  }

  /**
   * Plans a new fleet of exactly the VMs that failed in one that has ended, or that it never started. Start it with the
   * `retryOf` that it names. A fleet is retried once: then its retry is. Needs a worker.
   * @throws ReimageError `DecisionRefused` while the fleet runs, when it was retried before, or when nothing is left ·
   * ReimageFleetBusyError while another one of its name runs · ReimageNotFoundError
   */
  async planRetry(fleet: FleetNamed, followUp: FollowUp = {}): Promise<RetryPlan> {
    return await planRetry(this.#of(followUp), lookupOf(fleet), followUp);
  }

  /** Plans such a fleet and starts it at once. @throws as {@link planRetry} and {@link start} */
  async retry(fleet: FleetNamed, followUp: FollowUp = {}): Promise<FleetOperation> {
    const { plan, retryOf } = await this.planRetry(fleet, followUp);
    return await startPlan(this.#of(followUp), plan, { retryOf, replan: false });
  }

  /**
   * Tells how {@link rollback} would take a fleet back; nothing is touched. Needs a worker.
   * @throws ReimageError `DecisionRefused` while the fleet starts VMs, or when there is nothing to take back ·
   * ReimageFleetBusyError while another one of its name runs, such as its retry · ReimageNotFoundError
   */
  async planRollback(fleet: FleetNamed, followUp: FollowUp = {}): Promise<FleetRollbackPlan> {
    return await planFleetRollback(this.#of(followUp), lookupOf(fleet), followUp);
  }

  /**
   * Puts the VMs that a fleet has moved back, each onto its backup or its former image, by the same policy, as a fleet
   * of its own. With `asShown` it is looked at anew, and refused where it would be another one. It needs the name that the
   * fleet holds: one that is paused, or waits at a gate, has to be aborted first.
   * @throws as {@link planRollback} · ReimageFleetBusyError also while the fleet itself runs · ReimageError `PlanStale`
   */
  async rollback(
    fleet: FleetNamed,
    { asShown, ...followUp }: FollowUp & { readonly asShown?: FleetRollbackPlan } = {},
  ): Promise<FleetOperation> {
    const shown = asShown ?? (await this.planRollback(fleet, followUp));
    const context = this.#of(followUp);
    return await startRollback(context, lookupOf(fleet), shown, followUp, { replan: asShown !== undefined });
  }

  /** Who, what was approved and done, and of each VM name, images, outcome, times and deviations. Needs a worker. */
  async report(fleet: FleetNamed, options: CallOptions = {}): Promise<FleetReport> {
    return await reportFleet(this.#of(options), lookupOf(fleet));
  }

  #of(options: CallOptions): ClientContext {
    return contextOf(this.#context, options);
  }

  async #head(fleet: FleetNamed, options: CallOptions): Promise<FleetOperation> {
    const context = this.#of(options);
    return fleetOf(context, await findFleet(context, lookupOf(fleet)));
  }

  async #control<Name extends FleetUpdateName>(
    fleet: FleetNamed,
    name: Name,
    act: FleetUpdateInput<Name>,
    options: ControlOptions,
  ): Promise<AuditEntry> {
    const input = parseInput(FLEET_UPDATES[name], act) as FleetUpdate<Name>;
    return await controlFleet(this.#of(options), lookupOf(fleet), name, input, options);
  }
}

const NO_DIGEST =
  'planDigest: the fleet has none that can be read here, so that nobody can tell what would be approved. Give that of the plan that you have seen (`--digest`).';

/** A FleetOperation carries more than names a fleet: take what does. */
function lookupOf({ fleetId, regionId, runId }: FleetNamed): FleetLookup {
  return parseInput(FleetLookup, {
    fleetId,
    ...(regionId !== undefined && { regionId }),
    ...(runId !== undefined && { runId }),
  });
}
