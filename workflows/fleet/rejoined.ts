import {
  ApplicationFailure,
  CancelledFailure,
  getExternalWorkflowHandle,
  TemporalFailure,
  TerminatedFailure,
} from '@temporalio/workflow';
import type { RebuildEnd } from '../../contracts/fleet/fleet-holder.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { RebuildResult } from '../../contracts/rebuild-result.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import { endedBy, endedWith } from './child-outcome.js';
import type { FleetState } from './fleet-state.js';
import type { Member, MemberChange } from './members.js';

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
