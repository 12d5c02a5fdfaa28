import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  TemporalFailure,
  TerminatedFailure,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { RebuildEnd } from '../../contracts/fleet-failures.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { UNKNOWN_OPERATION, WORKFLOW } from '../../contracts/names.js';
import { memoOf, type RebuildRequest, searchAttributesOf, summaryOf } from '../../contracts/rebuild-request.js';
import { RebuildResult } from '../../contracts/rebuild-result.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import { endedBy, endedWith, failureTypeOf, isBusy, refusedUntouched } from './child-outcome.js';
import { requestOf } from './child-request.js';
import type { FleetState } from './fleet-state.js';
import { IN_FLIGHT, type Member, type MemberChange } from './members.js';
import type { Observations } from './observations.js';

/** Rebuilds started at a time, whatever their size: the history is looked at between. */
const MOST_STARTS = 100;

/** Bytes of rebuilds started at a time: they go to the server in one message, and 4 MB is all that it takes. */
const START_BYTES = 1_500_000;

/** How long it is tried to find out which operation has rebuilt a busy VM last. */
const READ_WITHIN_MS = 600_000;

/** Starts the rebuilds of a fleet and takes in how they end. Each is a child under the lock of its VM. */
export class ChildRebuilds {
  readonly #input: FleetInput;
  readonly #record: FleetState;
  readonly #observations: Observations;
  readonly #mostAtOnce: number;
  readonly #scopes = new Map<number, CancellationScope>();
  readonly #rejoined: Rejoined;

  constructor(input: FleetInput, record: FleetState, observations: Observations) {
    this.#observations = observations;
    this.#input = input;
    this.#record = record;
    this.#mostAtOnce = startsAtOnce(input);
    const { regionId } = input;
    this.#rejoined = new Rejoined({ regionId, record, ended: (member, change) => this.#end(member, change) });
  }

  /**
   * Starts the rebuilds of members, as many as may go out together, and returns at once: their ends show in the record.
   * @returns how many of them
   */
  start(members: readonly Member[]): number {
    const now = members.slice(0, this.#mostAtOnce);
    for (const member of now) this.#start(member);
    return now.length;
  }

  #start(member: Member): void {
    const attempts = member.attempts + 1;
    this.#change(member, { ...BEGUN, attempts, startedAt: Date.now() });
    const scope = new CancellationScope();
    this.#scopes.set(member.at, scope);
    // A bug in here is no outcome: it rejects, and fails the workflow task, to be mended.
    void this.#rebuild(scope, { ...member, attempts });
  }

  /** Whether each rebuild under way is known by its run: none is just being started, or found busy. */
  get isSettled(): boolean {
    return this.#record.members.inState(IN_FLIGHT).every(({ runId }) => runId !== null);
  }

  /** Takes up the rebuilds that the run before has left under way. Their ends show in the record. */
  rejoin(): void {
    const { members, ending } = this.#record;
    void this.#rejoined.follow(members.inState(IN_FLIGHT));
    // A cancellation that the run before asked for may not have gone out with its end.
    if (ending?.now === true) this.#rejoined.cancel();
  }

  /** Cancels all rebuilds under way: those that have passed the rebuild call are carried through all the same. */
  cancel(): void {
    this.#rejoined.cancel();
    for (const scope of this.#scopes.values()) scope.cancel();
  }

  async #rebuild(scope: CancellationScope, member: Member): Promise<void> {
    const notAfter = this.#observations.windows?.notAfter ?? null;
    try {
      const result = await scope.run(() => this.#runChild(member, requestOf(this.#input, member, notAfter)));
      this.#end(member, endedWith(member, result));
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      const refused = refusedUntouched(member, error);
      if (refused !== null) {
        this.#observations.blind(refused.said);
        return this.#end(member, refused.change);
      }
      const found = isBusy(error) ? await this.#lastOperationOf(member) : {};
      if (notAfter !== null && failureTypeOf(error) === 'WindowClosed') this.#observations.windows?.shut(notAfter);
      this.#end(member, { ...endedBy(member, error), ...found });
    }
  }

  async #runChild({ at }: Member, request: RebuildRequest): Promise<RebuildResult> {
    const notes = { fleetId: this.#input.fleetId };
    const child = await startChild<(input: unknown) => Promise<RebuildResult>>(WORKFLOW.rebuildInstance, {
      workflowId: rebuildWorkflowId(request),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      // A fleet that is terminated leaves no VM half done.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [request],
      typedSearchAttributes: searchAttributesOf(request, notes),
      memo: memoOf(request, notes),
      staticSummary: summaryOf(request),
    });
    this.#record.members.change(at, { runId: child.firstExecutionRunId });
    return await child.result();
  }

  /** Which operation had rebuilt a busy VM last. Later tries hold it against that: whoever keeps it busy may rebuild it. */
  async #lastOperationOf({ at, instanceId }: Member): Promise<MemberChange> {
    const { lastOperation, startedAt } = this.#record.members.at(at);
    if (lastOperation !== null) return {};
    if (startedAt === null) return { lastOperation: UNKNOWN_OPERATION };
    const vm = { regionId: this.#input.regionId, instanceId };
    const triedAt = new Date(startedAt).toISOString();
    try {
      return { lastOperation: await activitiesUnder('call', READ_WITHIN_MS).readLastOperation({ vm, triedAt }) };
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      return { lastOperation: UNKNOWN_OPERATION };
    }
  }

  #end(member: Member, change: MemberChange): void {
    this.#scopes.delete(member.at);
    // It was refused for a freeze that the last look has not seen, or stopped and started again.
    if (change.state === 'waiting') this.#observations.expire();
    this.#change(member, { finishedAt: Date.now(), runId: null, ...change });
  }

  #change({ at }: Member, change: MemberChange): void {
    this.#record.members.change(at, change);
    this.#record.noteChange();
  }
}

const BEGUN = {
  state: 'rebuilding',
  finishedAt: null,
  reason: null,
  failure: null,
  isTolerated: false,
  isBaked: false,
} as const satisfies MemberChange;

function startsAtOnce({ template }: FleetInput): number {
  // A sign may take three bytes, and beside the template an input has some 1,000.
  const bytes = 3 * JSON.stringify(template).length + 1_000;
  return Math.max(1, Math.min(MOST_STARTS, Math.floor(START_BYTES / bytes)));
}

/** Longest that one wait for the ends of rebuilds lasts; then another begins. */
const WAIT_WITHIN_MS = 24 * 3_600_000;

interface RejoinedDeps {
  readonly regionId: string;
  readonly record: FleetState;
  readonly ended: (member: Member, change: MemberChange) => void;
}

/**
 * The rebuilds that a run before this one has started. They went on while the fleet continued as new, and Temporal tells
 * the end of a child only to the run that has started it: so they are asked for theirs, all by one activity.
 */
export class Rejoined {
  readonly #deps: RejoinedDeps;
  /** Run ids by the place of the member. */
  readonly #left = new Map<number, string>();

  constructor(deps: RejoinedDeps) {
    this.#deps = deps;
  }

  /** Takes those up that are under way, and returns once all have ended. */
  async follow(members: readonly Member[]): Promise<void> {
    for (const member of members) {
      if (member.runId !== null) this.#left.set(member.at, member.runId);
      else
        this.#deps.ended(
          member,
          endedBy(member, new TerminatedFailure('Nobody knows which rebuild it has', undefined)),
        );
    }
    while (this.#left.size > 0) await this.#takeEnds();
  }

  /** Cancels all that have not ended: those that have passed the rebuild call are carried through all the same. */
  cancel(): void {
    const { regionId, record } = this.#deps;
    for (const [at, runId] of this.#left) {
      const { instanceId } = record.members.at(at);
      getExternalWorkflowHandle(rebuildWorkflowId({ regionId, instanceId }), runId).cancel().catch(passOver);
    }
  }

  async #takeEnds(): Promise<void> {
    const { regionId, record, ended } = this.#deps;
    const rebuilds = [...this.#left].map(([at, runId]) => ({ instanceId: record.members.at(at).instanceId, runId }));
    const deadlineAt = new Date(Date.now() + WAIT_WITHIN_MS).toISOString();
    try {
      const wait = activitiesUnder('wait', WAIT_WITHIN_MS);
      for (const { instanceId, end } of await wait.waitForRebuilds({ regionId, rebuilds, deadlineAt })) {
        const member = record.members.find(instanceId);
        if (member === null || !this.#left.delete(member.at)) continue;
        ended(member, changeBy(member, end));
      }
    } catch (error) {
      passOver(error);
    }
  }
}

/** The same as a child's own end would make of it. */
function changeBy(member: Member, end: RebuildEnd): MemberChange {
  const { message } = end;
  switch (end.type) {
    case 'done': {
      const result = RebuildResult.safeParse(end.result);
      if (result.success) return endedWith(member, result.data);
      return endedBy(member, new TerminatedFailure('Its result cannot be read', undefined));
    }
    case 'failed':
      return endedBy(member, failed(end));
    case 'cancelled':
      return endedBy(member, new CancelledFailure(message));
    case 'lost':
      return endedBy(member, new TerminatedFailure(message, undefined));
  }
}

function failed({ failure: type, message, result }: Extract<RebuildEnd, { type: 'failed' }>): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [result] });
}

/** One that has ended cannot be cancelled, and a wait that broke off is taken up again. */
function passOver(error: unknown): void {
  if (!(error instanceof TemporalFailure)) throw error;
}
