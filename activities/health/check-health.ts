import { activityInfo, heartbeat } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import * as z from 'zod';
import { type HealthCheck, HealthCheckResult } from '../../contracts/health-check.js';
import type { VmRef } from '../../contracts/ids.js';
import type { StepReport, VmState, WaitHeartbeat } from '../../contracts/rebuild-result.js';
import { mayPass, type RefusedError } from '../../jdcloud/errors.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { UNSEEN } from '../decisions/observation.js';
import { limitTo } from '../rebuild/wait-until.js';
import { failure, outOfTime, triedUntil } from '../runtime/failure.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { attemptScheduledMs, pause } from '../runtime/time.js';
import type { Probe } from './probes.js';
import { SuccessStreak } from './success-streak.js';
import { aimCheck, placeOf } from './target.js';
import { type ObservationDeps, VmObservations } from './vm-observations.js';

export interface CheckDeps extends ObservationDeps {
  /** The worker's environment, of which programs get a little. */
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the worker stops: a check then gives its place back at once, to be taken up by another worker. */
  readonly stopping: AbortSignal;
}

export interface CheckInput {
  readonly vm: VmRef;
  readonly check: HealthCheck;
  /** When the check has failed, ISO 8601. */
  readonly deadlineAt: string;
}

export interface CheckReport extends StepReport {
  readonly answer: HealthCheckResult;
}

/** What an attempt leaves to the next by its heartbeat, so that a deadline near a worker's stop is judged by what was seen. */
const Remembered = z.looseObject({ health: HealthCheckResult.nullable() });
type Remembered = z.output<typeof Remembered>;

/**
 * Looks at the pace of the check until it is believed.
 * @throws ApplicationFailure, and JdCloudError when the VM cannot be read at the beginning
 */
export async function checkUntilGood(deps: CheckDeps, input: CheckInput): Promise<CheckReport> {
  const wait = new HealthWait(deps, input);
  try {
    return await heartbeating(
      () => wait.run(),
      () => wait.heartbeat(),
    );
  } finally {
    wait.release();
  }
}

/** One check of one VM under way. */
class HealthWait {
  readonly #deps: CheckDeps;
  readonly #input: CheckInput;
  readonly #streak: SuccessStreak;
  readonly #limits: ReturnType<typeof limitTo>;
  readonly #observations: VmObservations;
  readonly #before: HealthCheckResult | null;
  #isProbing = false;
  /** Why the VM cannot be read, before the first look at its health. */
  #refusal: RefusedError | null = null;

  constructor(deps: CheckDeps, input: CheckInput) {
    this.#deps = deps;
    this.#input = input;
    this.#streak = new SuccessStreak(input.check);
    this.#limits = limitTo(deps.stopping, input.deadlineAt, () => this.#deadlineFailure());
    this.#observations = new VmObservations(deps, input.vm, this.#limits.signal);
    this.#before = Remembered.safeParse(activityInfo().heartbeatDetails).data?.health ?? null;
  }

  async run(): Promise<CheckReport> {
    const { check, deadlineAt } = this.#input;
    const { signal } = this.#limits;
    if (Date.parse(deadlineAt) <= attemptScheduledMs()) throw this.#deadlineFailure();
    const look = this.#aim(await this.#firstObservation(signal));
    for (;;) {
      this.#isProbing = true;
      const found = await look(signal);
      this.#streak.take(found);
      this.heartbeat();
      await this.#observations.afterHealthRead(found);
      const { observed, isAway } = this.#observations;
      if (this.#streak.missing === 0 && observed !== null && !isAway)
        return {
          attempt: activityInfo().attempt,
          apiCalls: [],
          observed: standing(observed),
          answer: this.#streak.answer(),
        };
      await pause(check.intervalSeconds * 1000, signal);
    }
  }

  /** Reads the VM, whose addresses the check needs: the rebuild is out, so that a refusal which may pass is waited out. */
  async #firstObservation(signal: AbortSignal): Promise<Instance> {
    for (;;) {
      try {
        const instance = await this.#observations.observe();
        this.#refusal = null;
        return instance;
      } catch (error) {
        if (!mayPass(error)) throw error;
        this.#refusal = error;
        this.heartbeat();
        await pause(this.#input.check.intervalSeconds * 1000, signal);
      }
    }
  }

  #messageOfRefusal(): string | null {
    if (this.#refusal === null) return null;
    return triedUntil(this.#refusal.message, new Date(this.#input.deadlineAt));
  }

  heartbeat(): void {
    const { last, name } = this.#streak;
    const lastAnswer = last === null ? null : `${name}: ${last.message}`;
    const details: WaitHeartbeat & Remembered = {
      attempt: activityInfo().attempt,
      observed: this.#observations.observed,
      lastError: last === null ? this.#messageOfRefusal() : last.isGood ? null : lastAnswer,
      ...(lastAnswer !== null && { lastAnswer }),
      health: last === null ? this.#before : this.#streak.answer(),
    };
    heartbeat(details);
  }

  release(): void {
    this.#limits.release();
  }

  #aim(instance: Instance): Probe {
    const { vm, check } = this.#input;
    const look = aimCheck(check, { vm, place: placeOf(instance), env: this.#deps.env });
    if (typeof look !== 'string') return look;
    throw this.#fail({ check: this.#streak.name, healthy: false, message: look });
  }

  /** A VM that nobody has looked at is not called sick: its rebuild may be taken back for that. */
  #deadlineFailure(): ApplicationFailure {
    const { last, name } = this.#streak;
    if (last !== null) return this.#fail({ ...this.#streak.answer(), healthy: false });
    if (this.#isProbing) return this.#fail({ check: name, healthy: false, message: 'no answer before the deadline' });
    if (this.#before !== null) return this.#fail({ ...this.#before, healthy: false });
    const why = this.#messageOfRefusal() ?? 'no worker looked before the deadline.';
    return outOfTime(`${name}: ${why}`, this.#refusal, { observed: this.#observations.observed });
  }

  #fail(health: HealthCheckResult): ApplicationFailure {
    const details = { observed: this.#observations.observed, health };
    return failure('HealthCheckFailed', `A health check did not pass: ${health.check}: ${health.message}.`, {
      details,
    });
  }
}

/** The VM was seen running before it was asked how it is: a look that shows it on its way up is one of before. */
function standing(observed: VmState): VmState {
  return observed.status === 'starting' ? UNSEEN : observed;
}
