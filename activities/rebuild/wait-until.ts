import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import * as z from 'zod';
import type { VmRef } from '../../contracts/ids.js';
import { type StepReport, VmState, type WaitHeartbeat } from '../../contracts/rebuild-result.js';
import { JdCloudError, mayPass, RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { goneNow, type Observation, toVmState } from '../decisions/observation.js';
import type { StatusPoller } from '../polling/poller.js';
import type { PollResult } from '../polling/region-poller.js';
import {
  failure,
  isInstanceGone,
  outOfTime,
  toApplicationFailure,
  triedUntil,
  workerStopping,
} from '../runtime/failure.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { attemptScheduledMs, type Timing } from '../runtime/time.js';

/** What a wait needs of the worker. */
export interface WaitDeps {
  readonly poller: StatusPoller;
  readonly reader: Pick<VmReader, 'instance'>;
  readonly timing: Timing;
  /** Aborted when the worker stops: a wait then gives its place back at once, to be taken up by another worker. */
  readonly stopping: AbortSignal;
}

export interface WaitInput {
  readonly vm: VmRef;
  /** When the phase ends, ISO 8601: a wait that reaches it fails with what was last seen. */
  readonly deadlineAt: string;
}

/** What a wait remembers from look to look, and from attempt to attempt by its heartbeat. */
export interface WaitMemory {
  /** The status between (stopping, rebuilding, starting) has been seen. */
  sawPassing: boolean;
  /** Rebuilding was seen with the image of before. */
  sawFormerImage: boolean;
  /** Rebuilding was seen with the system disk of before. */
  sawFormerDisk: boolean;
}

/** The memory of a wait that has not looked yet. */
export const NOTHING_SEEN: Readonly<WaitMemory> = { sawPassing: false, sawFormerImage: false, sawFormerDisk: false };

/**
 * Decides on one look: true ends the wait, false goes on, and so does a text that says why, in one line; throws a failure when the VM went elsewhere. A read of its own
 * that fails with a JdCloudError counts as a look that failed.
 */
export type Decide = (seen: Observation, memory: WaitMemory) => Verdict | Promise<Verdict>;
type Verdict = boolean | string;

const Remembered = z.looseObject({
  sawPassing: z.boolean(),
  sawFormerImage: z.boolean().default(false),
  sawFormerDisk: z.boolean().default(false),
  observed: VmState.nullable(),
});

/**
 * Follows a VM until `decide` says that it has arrived, heartbeating what was last seen. A worker that dies in it
 * costs time only: the next attempt starts from the last heartbeat.
 * @param transition - what is waited for, for example `stopping`
 * @throws ApplicationFailure VmInError, VmDeleted, DeadlineExceeded, refusals of the poll, or what `decide` throws
 */
export async function waitUntil(
  deps: WaitDeps,
  input: WaitInput,
  transition: string,
  decide: Decide,
  remembered: Readonly<WaitMemory> = NOTHING_SEEN,
): Promise<StepReport & WaitMemory> {
  const wait = new Wait(input, remembered);
  const limits = limitTo(deps.stopping, input.deadlineAt, () => wait.deadlineFailure(transition, deps.timing));
  const following = deps.poller.subscribe(input.vm, transition, limits.signal);
  let arrived = false;
  const looking = async () => {
    for (;;) {
      const seen = await wait.poll(await following.next(), deps);
      arrived = seen !== null && (await wait.judge(() => decide(seen, wait.memory), deps));
      wait.heartbeat();
      if (seen !== null && arrived) return wait.report(seen);
    }
  };
  try {
    return await heartbeating(looking, () => wait.heartbeat());
  } finally {
    following.stop(arrived);
    limits.release();
  }
}

/** The state of one wait: the last look, and the one place that changes it. */
class Wait {
  readonly memory: WaitMemory;
  readonly #vm: VmRef;
  readonly #deadlineAt: string;
  #observed: VmState | null = null;
  /** Since when all looks have shown the same status and image, by the steady clock; null before the first of this attempt. */
  #heldSince: number | null = null;
  /** What the last look failed with; null when it was answered. */
  #lastError: unknown = null;
  /** Why the last look was not the end, where it might have been one. */
  #whyNotYet: string | null = null;

  constructor({ vm, deadlineAt }: WaitInput, memory: Readonly<WaitMemory>) {
    this.#vm = vm;
    this.#deadlineAt = deadlineAt;
    const before = Remembered.safeParse(activityInfo().heartbeatDetails);
    const earlier = before.success ? before.data : NOTHING_SEEN;
    this.memory = {
      sawPassing: memory.sawPassing || earlier.sawPassing,
      sawFormerImage: memory.sawFormerImage || earlier.sawFormerImage,
      sawFormerDisk: memory.sawFormerDisk || earlier.sawFormerDisk,
    };
    if (before.success) this.#observed = before.data.observed;
  }

  /** Takes one result in: the look it holds, null where it holds none, or a failure where it is the end. */
  async poll(result: PollResult, { reader, timing }: WaitDeps): Promise<Observation | null> {
    this.#whyNotYet = null;
    if (result.kind === 'failed') {
      if (result.isFinal) throw toApplicationFailure(result.error, { timing, details: this.#details() });
      this.#lastError = result.error;
      return null;
    }
    this.#lastError = null;
    if (result.kind === 'absent') {
      await this.#confirmGone(reader);
      return null;
    }
    this.#see(toVmState(result.observation));
    if (result.observation.status === 'error') throw this.#fail('VmInError', 'JD Cloud reports the VM in error.');
    return result.observation;
  }

  /** Whether the VM has arrived; not while the reads that this takes fail and may be answered later. */
  async judge(decide: () => Verdict | Promise<Verdict>, { timing }: WaitDeps): Promise<boolean> {
    this.#whyNotYet = null;
    try {
      const verdict = await decide();
      if (typeof verdict === 'string') this.#whyNotYet = verdict;
      return verdict === true;
    } catch (error) {
      if (!(error instanceof JdCloudError)) throw error;
      if (error instanceof RefusedError && !mayPass(error))
        throw toApplicationFailure(error, { timing, details: this.#details() });
      this.#lastError = error;
      return false;
    }
  }

  #see(state: VmState): void {
    const isSame = state.status === this.#observed?.status && state.imageId === this.#observed.imageId;
    if (!isSame) this.#heldSince = null;
    this.#heldSince ??= performance.now();
    this.#observed = state;
  }

  heartbeat(): void {
    const details: WaitHeartbeat & WaitMemory = {
      attempt: activityInfo().attempt,
      observed: this.#observed,
      lastError: this.#lastMessage(),
      ...(this.#whyNotYet !== null && { lastAnswer: this.#whyNotYet }),
      ...this.memory,
    };
    heartbeat(details);
  }

  report(seen: Observation): StepReport & WaitMemory {
    return { attempt: activityInfo().attempt, apiCalls: [], observed: toVmState(seen), ...this.memory };
  }

  deadlineFailure(transition: string, { settleMs }: Timing): ApplicationFailure {
    const seen = this.#observed === null ? 'The VM was never seen' : `The VM was last seen ${this.#observed.status}`;
    const said = this.#lastError === null ? '' : `, and the last look failed: ${this.#lastMessage()}`;
    const isUnobserved = this.#observed === null || this.#lastError !== null;
    const message = `${transition} did not end before the deadline. ${seen}${said}.`;
    const isSettled = this.#heldSince !== null && performance.now() - this.#heldSince >= settleMs;
    return outOfTime(message, this.#lastError, { ...this.#details(), isUnobserved, isSettled });
  }

  #lastMessage(): string | null {
    if (this.#lastError === null) return null;
    const error = this.#lastError;
    const said = error instanceof Error ? error.message : 'the look failed';
    return mayPass(error) ? triedUntil(said, new Date(this.#deadlineAt)) : said;
  }

  /** A VM that a list leaves out may be a slip of the list: only JD Cloud's own "not found" counts. */
  async #confirmGone(reader: WaitDeps['reader']): Promise<void> {
    try {
      await reader.instance(this.#vm, { fresh: true });
    } catch (error) {
      if (!isInstanceGone(error)) return;
      this.#observed = goneNow();
      throw this.#fail('VmDeleted', `JD Cloud no longer knows ${this.#vm.instanceId}.`);
    }
  }

  #fail(type: 'VmInError' | 'VmDeleted', message: string): ApplicationFailure {
    return failure(type, message, { details: this.#details() });
  }

  #details() {
    return { observed: this.#observed };
  }
}

/** One signal for all that ends a wait early. Its reason is what the activity throws. */
export function limitTo(
  stopping: AbortSignal,
  deadlineAt: string,
  deadlineFailure: () => Error,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const cancelled = cancellationSignal();
  const onCancel = () => controller.abort(cancelled.reason);
  const onStopping = () => controller.abort(workerStopping());
  cancelled.addEventListener('abort', onCancel);
  stopping.addEventListener('abort', onStopping);
  const timer = setTimeout(
    () => controller.abort(deadlineFailure()),
    Math.max(Date.parse(deadlineAt) - attemptScheduledMs(), 0),
  );
  if (cancelled.aborted) onCancel();
  if (stopping.aborted) onStopping();
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancel);
      stopping.removeEventListener('abort', onStopping);
    },
  };
}
