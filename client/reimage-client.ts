import type { Client } from '@temporalio/client';
import * as z from 'zod';
import {
  type BackupImage,
  type ListBackupsInput,
  ListBackupsRequest,
  type PruneBackupsInput,
  PruneBackupsRequest,
  type PruneReport,
} from '../contracts/backup.js';
import { Decision, type DecisionTaken } from '../contracts/decision.js';
import { type Freeze, FreezeRequest } from '../contracts/freeze.js';
import { VmRef } from '../contracts/ids.js';
import type { RebuildPlan } from '../contracts/rebuild-plan.js';
import { RebuildRequest, type RebuildRequestInput } from '../contracts/rebuild-request.js';
import type { RebuildResult } from '../contracts/rebuild-result.js';
import { listBackups, pruneBackups } from './backups.js';
import type { KeyRotation } from './codec/key-rotation.js';
import { countKeys, type KeyCounts, planKeyRotation, rotateKeys } from './codec/rotate-keys.js';
import { AskedRebuild } from './connection/asked.js';
import { type ConnectOptions, openContext } from './connection/connection.js';
import { type CallOptions, type ClientContext, contextOf } from './connection/context.js';
import { parseInput } from './connection/parse-input.js';
import { reportWorkers, type WorkersReport } from './connection/report-workers.js';
import { FleetClient } from './fleets/fleet-client.js';
import {
  freezeNamespace,
  frozen,
  type Frozen,
  unfreezeNamespace,
  type UnfreezeOptions,
  type Unfrozen,
} from './freeze.js';
import { type Cancelling, type CancelOptions, cancelRebuild } from './rebuilds/cancel.js';
import { type DecideOptions, decideRebuild } from './rebuilds/decide.js';
import { listOperations, ListQuery, type ListQueryInput } from './rebuilds/list.js';
import type { Operation } from './rebuilds/operation.js';
import {
  planRollback,
  RollbackOptions,
  type RollbackOptionsInput,
  type RollbackPlan,
} from './rebuilds/plan-rollback.js';
import { type PlanOptions, planRebuild } from './rebuilds/plan.js';
import { readOperation } from './rebuilds/read.js';
import { findSameRollback, type RollbackGuard, rollbackRebuild } from './rebuilds/rollback.js';
import { findByRequestId, findSame, startRebuild } from './rebuilds/start.js';
import { waitForResult, type WaitOptions } from './rebuilds/wait.js';
import { FleetSchedules } from './schedules/schedule-client.js';

/** A VM, or one particular rebuild of it: an {@link Operation} fits. */
export interface RebuildRef {
  readonly regionId: string;
  readonly instanceId: string;
  /** Without it the latest rebuild of the VM is meant. */
  readonly runId?: string;
}

/** What is asked for under a request id that may have been used before. */
export interface AskedAgain extends CallOptions {
  readonly rebuild?: RebuildRequestInput;
  readonly rollback?: RollbackOptionsInput;
}

const RunRef = VmRef.extend({ runId: z.uuid().optional() });

/**
 * Rebuilds VMs through a Temporal server: the library behind the CLI. One client serves a whole process.
 *
 * Every method throws a {@link ReimageError} whose `failure.type` stands in docs/failures.md, or the
 * reason of a signal that the caller has aborted; `ReimageInvalidInputError` comes before anything is touched.
 *
 * @example
 * await using client = await ReimageClient.connect();
 * const operation = await client.start({ regionId: 'cn-north-1', instanceId: 'i-8cjmd27n1s', imageInherit: 'yes' });
 * const result = await client.wait(operation);
 */
export class ReimageClient {
  /** Reimages fleets. */
  readonly fleets: FleetClient;
  /** Reimages fleets again and again. */
  readonly schedules: FleetSchedules;
  readonly #context: ClientContext;
  readonly #close: () => Promise<void>;

  private constructor(context: ClientContext, close: () => Promise<void>) {
    this.fleets = new FleetClient(context);
    this.schedules = new FleetSchedules(context);
    this.#context = context;
    this.#close = close;
  }

  /**
   * Connects to the Temporal server that environment and `temporal.toml` name, or takes a client of yours.
   * @throws ReimageUnreachableError
   */
  static async connect(options: ConnectOptions = {}): Promise<ReimageClient> {
    const { context, close } = await openContext(options);
    return new ReimageClient(context, close);
  }

  /** The Temporal client underneath, for what this class does not do. */
  get temporal(): Client {
    return this.#context.client;
  }

  /** The task queue on which workers are expected. */
  get taskQueue(): string {
    return this.#context.taskQueue;
  }

  /**
   * Starts a rebuild and returns at once. With a `requestId` it is idempotent: the same id returns the
   * running or finished operation. Only `requestedBy` and `reason` may be others then.
   * @throws ReimageBusyError when another rebuild of the VM is under way · ReimageError `RequestIdReused` when the id was
   * used for another request, naming what differs
   */
  async start(input: RebuildRequestInput, options: CallOptions = {}): Promise<Operation> {
    return await startRebuild(contextOf(this.#context, options), parseInput(AskedRebuild, input));
  }

  /**
   * Validates a rebuild and tells what it would do; nothing is touched. Needs a worker.
   * @throws ReimageNotFoundError when JD Cloud knows no such VM · ReimageUnreachableError when no worker answers
   */
  async plan(input: RebuildRequestInput, options: PlanOptions = {}): Promise<RebuildPlan> {
    const { workerTimeoutMs, ...call } = options;
    return await planRebuild(contextOf(this.#context, call), parseInput(AskedRebuild, input), workerTimeoutMs);
  }

  /** Reads a rebuild, running or finished. @throws ReimageNotFoundError */
  async get(rebuild: RebuildRef, options: CallOptions = {}): Promise<Operation> {
    return await readOperation(contextOf(this.#context, options), parseRef(rebuild));
  }

  /**
   * The rebuild of a VM that was started with this `requestId`, or null. With what is asked for now, one that was
   * started for something else is refused, as {@link start} and {@link rollback} do.
   * @throws ReimageError `RequestIdReused`
   */
  async findByRequestId(vm: VmRef, requestId: string, asked: AskedAgain = {}): Promise<Operation | null> {
    const { rebuild, rollback, ...call } = asked;
    const context = contextOf(this.#context, call);
    if (rebuild !== undefined) return await findSame(context, parseInput(RebuildRequest, rebuild));
    if (rollback === undefined) return await findByRequestId(context, parseRef(vm), requestId);
    return await findSameRollback(context, parseRef(vm), requestId, parseInput(RollbackOptions, rollback));
  }

  /** Waits until a rebuild has ended, through restarts of server and workers. Failed and cancelled rebuilds are results, not errors. */
  async wait(rebuild: RebuildRef, options: WaitOptions = {}): Promise<RebuildResult> {
    return await waitForResult(this.#context, parseRef(rebuild), options);
  }

  /**
   * Asks the rebuild under way to end, and returns at once: {@link wait} tells how it ended. After the
   * rebuild call it is carried through all the same; one that is held ends as if given up.
   * @throws ReimageNotFoundError when none is under way
   */
  async cancel(rebuild: RebuildRef, options: CancelOptions = {}): Promise<Cancelling> {
    return await cancelRebuild(contextOf(this.#context, options), parseRef(rebuild), options);
  }

  /**
   * Decides a held rebuild, and returns once its workflow has taken the decision: {@link wait} tells what came of it.
   * @throws ReimageError `DecisionRefused` when it waits for no such decision · ReimageNotFoundError when none is under
   * way · ReimageUnreachableError when no worker answers
   */
  async decide(
    rebuild: RebuildRef,
    decision: z.input<typeof Decision>,
    options: DecideOptions = {},
  ): Promise<DecisionTaken> {
    const context = contextOf(this.#context, options);
    return await decideRebuild(context, parseRef(rebuild), parseInput(Decision, decision), options);
  }

  /** Tells how {@link rollback} would put a VM back, and throws what it would; nothing is touched. */
  async planRollback(
    rebuild: RebuildRef,
    options: RollbackOptionsInput,
    call: CallOptions = {},
  ): Promise<RollbackPlan> {
    const context = contextOf(this.#context, call);
    return await planRollback(context, parseRef(rebuild), parseInput(RollbackOptions, options));
  }

  /**
   * Puts a VM back, and returns at once: a held rebuild is told to, after one that has ended a new one is started, from
   * its backup, or from the former image where there is none. What is written to the system disk since is lost.
   * @throws ReimageBusyError when one is under way that is not held · ReimageNotFoundError when there is nothing to roll
   * back · ReimageError `RequestIdReused` · `ConcurrentChange` when the run named is not the VM's last one, or the plan of
   * {@link planRollback} that is handed on as `asShown` would be another one now
   */
  async rollback(rebuild: RebuildRef, options: RollbackOptionsInput, guard: RollbackGuard = {}): Promise<Operation> {
    const context = contextOf(this.#context, guard);
    return await rollbackRebuild(context, parseRef(rebuild), parseInput(RollbackOptions, options), guard);
  }

  /** Lists rebuilds, without progress and results. */
  async list(query: ListQueryInput = {}, options: CallOptions = {}): Promise<Operation[]> {
    return await listOperations(contextOf(this.#context, options), parseInput(ListQuery, query));
  }

  /** Lists the backups that Reimage has made in a region, or of one VM in it, newest first. Needs a worker. */
  async listBackups(input: ListBackupsInput, options: CallOptions = {}): Promise<BackupImage[]> {
    return await listBackups(contextOf(this.#context, options), parseInput(ListBackupsRequest, input));
  }

  /**
   * Deletes, of each VM, the backups beyond the newest N or older than a duration, and their snapshots; with `dryRun`
   * only tells which. What a rebuild under way depends on is spared; what JD Cloud refuses to delete stands in the report.
   * Needs a worker.
   */
  async pruneBackups(input: PruneBackupsInput, options: CallOptions = {}): Promise<PruneReport> {
    return await pruneBackups(contextOf(this.#context, options), parseInput(PruneBackupsRequest, input));
  }

  /**
   * Freezes the namespace: no rebuild begins in it until {@link unfreeze}; those under way finish. Somebody else's freeze
   * stays theirs, and is answered. Needs no worker.
   */
  async freeze(input: FreezeRequest, options: CallOptions = {}): Promise<Frozen> {
    return await freezeNamespace(contextOf(this.#context, options), parseInput(FreezeRequest, input));
  }

  /**
   * Ends the freeze of the namespace, whoever began it; null when there is none.
   * @throws ReimageUnreachableError when no worker answers
   */
  async unfreeze(input: FreezeRequest, options: UnfreezeOptions = {}): Promise<Unfrozen | null> {
    return await unfreezeNamespace(contextOf(this.#context, options), parseInput(FreezeRequest, input), options);
  }

  /** Who froze the namespace, since when and why; null when it is not frozen. Needs no worker. */
  async frozen(options: CallOptions = {}): Promise<Freeze | null> {
    return await frozen(contextOf(this.#context, options));
  }

  /**
   * Counts what the namespace holds by the keys of its payloads, and says of each key whether it may be dropped. Touches
   * nothing. Reads the whole history of every run that the namespace keeps: two calls or more for each. Needs no worker.
   */
  async planKeyRotation(options: CallOptions = {}): Promise<KeyRotation> {
    return await planKeyRotation(contextOf(this.#context, options));
  }

  /** Counts schedules, and runs under way by their memos, by the keys of their payloads: what {@link planKeyRotation} counts cheaply. */
  async countKeys(options: CallOptions = {}): Promise<KeyCounts> {
    return await countKeys(contextOf(this.#context, options));
  }

  /**
   * Rewrites what outlives retention so that it bears the first of `REIMAGE_CODEC_KEYS`: schedules, and the freeze. Safe
   * to repeat. Needs a worker where the namespace is frozen.
   * @throws ReimageError `Unreadable`, before anything is touched, where keys lack
   */
  async rotateKeys(options: CallOptions = {}): Promise<KeyRotation> {
    return await rotateKeys(contextOf(this.#context, options));
  }

  /** What the workers of the task queue say of themselves: build, keys, credentials, clock, and what failed last. Touches nothing. */
  async reportWorkers(options: CallOptions = {}): Promise<WorkersReport> {
    return await reportWorkers(contextOf(this.#context, options));
  }

  /** Closes the connection, unless it belongs to a client that the caller gave. */
  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** An Operation carries more than names a rebuild: take what does. */
function parseRef({ regionId, instanceId, runId }: RebuildRef): z.output<typeof RunRef> & { runId?: string } {
  const { runId: run, ...vm } = parseInput(RunRef, { regionId, instanceId, runId });
  return { ...vm, ...(run !== undefined && { runId: run }) };
}
