import { activityInfo, heartbeat } from '@temporalio/activity';
import * as z from 'zod';
import { VmState, type WaitHeartbeat } from '../../contracts/rebuild-result.js';
import { JdCloudError, mayPass, NotFoundError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { goneNow, observe, toVmState, UNSEEN } from '../decisions/observation.js';
import { PollFailures } from '../polling/region-poller.js';
import { limitTo, type WaitInput } from '../rebuild/wait-until.js';
import { failure, isInstanceGone, outOfTime, toApplicationFailure, triedUntil } from '../runtime/failure.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { pause, type Timing } from '../runtime/time.js';
import type { BackupReport } from './create-backup.js';

export interface WaitForBackupDeps {
  readonly reader: Pick<VmReader, 'image' | 'instance'>;
  readonly timing: Timing;
  /** Aborted when the worker stops: the wait then gives its place back at once. */
  readonly stopping: AbortSignal;
}

export interface WaitForBackupInput extends WaitInput {
  readonly imageId: string;
}

/** Waits until the image is ready. See `createBackupActivities`. */
export async function waitUntilBackupReady(deps: WaitForBackupDeps, input: WaitForBackupInput): Promise<BackupReport> {
  const wait = new BackupWait(deps, input);
  const { signal, release } = limitTo(deps.stopping, input.deadlineAt, () => wait.deadlineFailure());
  const looking = async () => {
    for (;;) {
      const report = await wait.poll(signal);
      wait.heartbeat();
      if (report !== null) return report;
      await pause(wait.pauseMs(), signal);
    }
  };
  try {
    return await heartbeating(looking, () => wait.heartbeat());
  } finally {
    release();
  }
}

const Remembered = z.looseObject({ observed: VmState.nullable() });

/** The state of one wait: the last look, and the one place that changes it. */
class BackupWait {
  readonly #deps: WaitForBackupDeps;
  readonly #input: WaitForBackupInput;
  readonly #failures: PollFailures;
  #observed: VmState | null = null;
  #status: string | null = null;
  #foreign: string | null = null;
  #absentSince: number | null = null;
  #lastError: JdCloudError | null = null;

  constructor(deps: WaitForBackupDeps, input: WaitForBackupInput) {
    this.#deps = deps;
    this.#input = input;
    this.#failures = new PollFailures(deps.timing.pollIntervalMs);
    const before = Remembered.safeParse(activityInfo().heartbeatDetails);
    if (before.success) this.#observed = before.data.observed;
  }

  /** One look: the report once the image is ready, null while it is not; throws where the wait is over otherwise. */
  async poll(signal: AbortSignal): Promise<BackupReport | null> {
    try {
      const [status] = await Promise.all([this.#readStatus(signal), this.#readVm(signal)]);
      if (status === 'error') throw this.#failed(`JD Cloud reports image ${this.#input.imageId} in error.`);
      this.#pollSucceeded();
      return status === 'ready' ? this.#report(status) : null;
    } catch (error) {
      signal.throwIfAborted();
      this.#takeIn(error);
      return null;
    }
  }

  heartbeat(): void {
    const { imageId } = this.#input;
    const details: WaitHeartbeat = {
      attempt: activityInfo().attempt,
      observed: this.#observed,
      lastError: this.#lastMessage(),
      ...(this.#status !== null && { lastAnswer: `image ${imageId} is ${this.#status}` }),
    };
    heartbeat(details);
  }

  /** Until the next look. All waits of a process look at the same moments, so that the reader makes one call for them. */
  pauseMs(): number {
    const everyMs = Math.max(this.#deps.timing.pollIntervalMs, this.#failures.slowdownMs);
    return everyMs - (performance.now() % everyMs);
  }

  deadlineFailure(): Error {
    const seen = this.#status === null ? 'was never seen' : `was last seen ${this.#status}`;
    const said = this.#lastError === null ? '' : `, and the last look failed: ${this.#lastMessage()}`;
    const message = `The backup was not ready before the deadline. Image ${this.#input.imageId} ${seen}${said}.`;
    return outOfTime(message, this.#lastError, { observed: this.#observed });
  }

  #lastMessage(): string | null {
    if (this.#lastError === null) return null;
    const { message } = this.#lastError;
    return mayPass(this.#lastError) ? triedUntil(message, new Date(this.#input.deadlineAt)) : message;
  }

  /** The image's status; null while it may only be invisible. An accepted image may show late, and a list may leave one out once. */
  async #readStatus(signal: AbortSignal): Promise<string | null> {
    const { vm, imageId } = this.#input;
    try {
      const image = await this.#deps.reader.image({ regionId: vm.regionId, imageId }, { fresh: true, signal });
      this.#absentSince = null;
      this.#status = image.status ?? 'unknown';
      return this.#status;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      this.#absentSince ??= performance.now();
      if (performance.now() - this.#absentSince < this.#deps.timing.settleMs) return null;
      throw this.#failed(`JD Cloud does not know image ${imageId}, the backup that it was asked for.`);
    }
  }

  /** Someone who starts or rebuilds the VM, or deletes it, ends the wait: there is no erase to wait for any more. */
  async #readVm(signal: AbortSignal): Promise<void> {
    const seen = observe(await this.#deps.reader.instance(this.#input.vm, { fresh: true, signal }), new Date());
    this.#observed = toVmState(seen);
    const details = { observed: this.#observed };
    if (seen.status === 'error') throw failure('VmInError', 'JD Cloud reports the VM in error.', { details });
    const isForeign = seen.status === 'running' || seen.status === 'rebuilding';
    // One look may be stale.
    if (isForeign && this.#foreign === seen.status)
      throw failure('ConcurrentChange', `Someone else acts: the VM is ${seen.status} while its image is made.`, {
        details,
      });
    this.#foreign = isForeign ? seen.status : null;
  }

  #report(status: string): BackupReport {
    const observed = this.#observed ?? UNSEEN;
    return { attempt: activityInfo().attempt, apiCalls: [], observed, imageId: this.#input.imageId, status };
  }

  #pollSucceeded(): void {
    this.#lastError = null;
    this.#failures.forget();
  }

  /** Throws where a failed look is the end. */
  #takeIn(error: unknown): void {
    if (!(error instanceof JdCloudError)) throw error;
    const details = { observed: this.#observed };
    if (isInstanceGone(error)) throw failure('VmDeleted', error.message, { details: { observed: goneNow() } });
    if (this.#failures.take(error)) throw toApplicationFailure(error, { timing: this.#deps.timing, details });
    this.#lastError = error;
  }

  #failed(message: string): Error {
    return failure('BackupFailed', message, { details: { observed: this.#observed } });
  }
}
