import { CancellationScope, setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Backup } from '../../contracts/backup.js';
import type { DecisionTaken, Held, Rollback } from '../../contracts/decision.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { MEMO } from '../../contracts/names.js';
import type { RebuildPlan, Warning } from '../../contracts/rebuild-plan.js';
import { FINAL_PHASES, type Phase, type PhaseRecord, type RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { ApiCallRecord, Failure, RebuildResult, StepReport, VmState } from '../../contracts/rebuild-result.js';
import type { RerunVerdict } from '../../contracts/rerun-verdict.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { afterLook, beforeCall, changedBy, changedByFailed, claimsOf, type Unseen } from '../decisions/claims.js';
import { type FailureFacts, toFailure } from '../runtime/failures.js';
import { isRerun } from '../runtime/own-id.js';
import { CallsInFlight } from './calls-in-flight.js';
import { nextOf, toMarkdown } from './describe-phase.js';
import { RecoveryState } from './recovery-state.js';

/** All state of one rebuild that outlives a step, and the one place that changes it. */
export class RebuildState {
  /** Changed through this record where it is to be shown. */
  readonly wayBack = new RecoveryState();
  readonly callsInFlight = new CallsInFlight();
  /** What the operation was asked for; a way back has a request of its own. */
  readonly asked: RebuildRequest;
  readonly #startedAt = now();
  readonly #timeline: PhaseRecord[] = [];
  readonly #attempts: Record<string, number> = {};
  readonly #apiCalls: ApiCallRecord[] = [];
  readonly #warnings: Warning[] = [];
  #phase: Phase = 'validating';
  #phaseSeconds = 0;
  #phaseDeadline = 0;
  #plan: RebuildPlan | null = null;
  #observed: VmState | null = null;
  /** What a call has changed, or may have, since the VM was last seen. */
  #unseen: Unseen = 'nothing';
  #isTouched = false;
  #attempt = 1;
  #lastError: string | null = null;
  #cancelRequestedAt: string | null = null;
  #isRollingBack = false;
  readonly #verdicts: RerunVerdict[] = [];

  constructor(request: RebuildRequest) {
    this.asked = request;
    this.#begin('validating', request.deadlines.validatingSeconds);
    // The root scope: a cancellation of the workflow is noted even where the step under way is shielded from it.
    CancellationScope.current().cancelRequested.catch(() => {
      this.#cancelRequestedAt = now();
      this.#show();
    });
  }

  get phase(): Phase {
    return this.#phase;
  }

  get observed(): VmState | null {
    return this.#observed;
  }

  /** What a run that was reset has found of those before it; null before it has looked, and in every other run. */
  get rerun(): RerunVerdict | null {
    return this.#verdicts.at(-1) ?? null;
  }

  /** ISO 8601 instant at which the phase's time is over. */
  get deadlineAt(): string {
    return new Date(this.#phaseDeadline).toISOString();
  }

  /** What is left of the phase, at least a millisecond: a step that begins too late fails by its timeout. */
  get remainingMs(): number {
    return Math.max(this.#phaseDeadline - Date.now(), 1);
  }

  /** Whether a cancellation was asked for. */
  get isCancelRequested(): boolean {
    return this.#cancelRequestedAt !== null;
  }

  /** Whether a call that changes the VM may be out, or may have been. From then on a refusal that may pass is an outage. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  /** Gives the phase under way its whole time again. @param seconds - absent: as much as it was given last */
  restartDeadline(seconds = this.#phaseSeconds): void {
    this.#phaseSeconds = seconds;
    this.#phaseDeadline = Date.now() + seconds * 1000;
  }

  /** Begins a phase. It shows in the search attributes, the Temporal UI and the query. The phases of a rollback are all shown as `rolling-back`. */
  enter(asked: Phase, deadlineSeconds = 0): void {
    const phase = this.#isRollingBack ? 'rolling-back' : asked;
    if (phase === this.#phase && this.#isRollingBack) return this.restartDeadline(deadlineSeconds);
    this.#begin(phase, deadlineSeconds);
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTE.region, value: this.asked.regionId },
      { key: SEARCH_ATTRIBUTE.instance, value: this.asked.instanceId },
      { key: SEARCH_ATTRIBUTE.phase, value: phase },
      { key: SEARCH_ATTRIBUTE.image, value: this.#plan?.imageAfter?.imageId ?? this.asked.imageId ?? null },
    ]);
  }

  /** How often this run, or one that it has the history of, has looked back. */
  get looks(): number {
    return this.#verdicts.length;
  }

  /** Takes in what a run that was reset has found. That takes a settle time or longer, which is not the phase's own. */
  lookedBack(verdict: RerunVerdict): void {
    this.#verdicts.push(verdict);
    this.restartDeadline();
    if (verdict.isCutShort) this.touches();
  }

  /** Takes in what validation found. */
  planned(plan: RebuildPlan): void {
    this.#plan = plan;
    this.#warnings.push(...plan.warnings);
    this.replanned(plan);
  }

  /** Takes in how a look at everything has found the VM: the plan of the rebuild itself stands. */
  replanned({ status, imageBefore }: RebuildPlan): void {
    this.sees({ status, imageId: imageBefore?.imageId ?? null, observedAt: now() });
  }

  /** Takes in a look at the VM after which nothing was asked for. */
  sees(state: VmState): void {
    this.#unseen = 'nothing';
    this.#observed = state;
    this.#show();
  }

  /** A call that changes the VM is about to be asked for. */
  touches(): void {
    this.#isTouched = true;
  }

  /** A call is about to be asked for: from then on the VM has to be seen again before anybody knows what it has changed. */
  asksFor(what: 'power' | 'power and image'): void {
    this.touches();
    this.#unseen = beforeCall(this.#unseen, what);
  }

  /** The call that was about to be asked for has surely not been made. @param wasTouched - the VM had been touched before */
  hasNotAsked(wasTouched: boolean): void {
    this.#isTouched = wasTouched;
    this.#unseen = 'nothing';
  }

  /** Takes in what a step reports, and hands it on. A look is made before the call of its step. */
  note<R extends StepReport>(name: string, report: R): R {
    const step = this.#isRollingBack ? `rollback-${name}` : name;
    this.#attempts[step] = report.attempt;
    this.#attempt = report.attempt;
    this.#lastError = null;
    this.#apiCalls.push(...report.apiCalls);
    if (report.observed.status !== null) {
      this.#observed = afterLook(this.#observed, report.observed);
      this.#unseen = changedBy(report);
    }
    this.#show();
    return report;
  }

  /** Takes in what went wrong, and the VM as it was seen then. */
  noteError({ message, details }: Omit<FailureFacts, 'type'>): void {
    const { observed, attempt } = details;
    this.#lastError = message;
    // The step that failed is told by its phase.
    if (attempt !== undefined) this.#attempts[this.#phase] = attempt;
    if (observed) {
      this.#observed = afterLook(this.#observed, observed);
      this.#unseen = changedByFailed(details);
    }
    this.#show();
  }

  warn(...warnings: readonly Warning[]): void {
    this.#warnings.push(...warnings);
  }

  /** Takes in the backup: its id can be searched for. */
  backedUp(backup: Omit<Backup, 'pruned'>): void {
    if (this.wayBack.backup === null) upsertSearchAttributes([{ key: SEARCH_ATTRIBUTE.backup, value: backup.imageId }]);
    this.wayBack.backedUp(backup);
    this.#show();
  }

  /** Takes in a failure that is not the end yet, as the result will tell it. */
  failed(facts: FailureFacts): Failure {
    this.noteError(facts);
    const failure = toFailure(facts, this.#observed);
    this.wayBack.failed(failure);
    return failure;
  }

  hold(held: Held): void {
    this.wayBack.hold(held);
    this.#show();
  }

  decided(decision: DecisionTaken): void {
    this.wayBack.decided(decision);
    this.#show();
  }

  /** From here to {@link rollbackEnds} all phases are `rolling-back`. */
  rollbackBegins(rollback: Omit<Rollback, 'startedAt' | 'outcome'>): void {
    this.wayBack.rollbackBegins({ ...rollback, startedAt: now() });
    this.#isRollingBack = true;
  }

  rollbackResumes(): void {
    this.wayBack.rollbackTurns('in-progress');
    this.#isRollingBack = true;
  }

  rollbackEnds(outcome: 'done' | 'failed'): void {
    this.wayBack.rollbackTurns(outcome);
    this.#isRollingBack = false;
  }

  progress(): RebuildProgress {
    return {
      phase: this.#phase,
      since: this.#timeline.at(-1)?.startedAt ?? this.#startedAt,
      observedStatus: this.#observed?.status ?? null,
      attempts: this.#attempt,
      lastError: this.#lastError,
      next: nextOf(this.#phase, this.wayBack.held, isRerun()),
      cancelRequestedAt: this.#cancelRequestedAt,
      timeline: this.#timeline,
      imageBeforeId: this.#plan?.imageBefore?.imageId ?? null,
      backupImageId: this.wayBack.backup?.imageId ?? null,
      held: this.wayBack.held,
    };
  }

  /** Ends the run: enters the final phase and says how it went. */
  conclude(outcome: RebuildResult['outcome'], failure?: Failure): RebuildResult {
    this.enter(outcome);
    const result: RebuildResult = {
      outcome,
      operationId: rebuildWorkflowId(this.asked),
      regionId: this.asked.regionId,
      instanceId: this.asked.instanceId,
      requestedBy: this.asked.requestedBy ?? null,
      reason: this.asked.reason ?? null,
      ...this.#beforeAndAfter(),
      startedAt: this.#startedAt,
      finishedAt: now(),
      timeline: this.#timeline,
      attempts: this.#attempts,
      apiCalls: this.#apiCalls,
      warnings: this.#warnings,
      ...(failure !== undefined && { failure }),
      ...this.wayBack.tell(failure),
    };
    // A cancelled execution carries no details of its own, so its result goes into the memo.
    if (outcome === 'cancelled') upsertMemo({ [MEMO.result]: result });
    return result;
  }

  #beforeAndAfter(): Pick<RebuildResult, 'imageBefore' | 'imageAfter' | 'power'> {
    const { imageId, status } = claimsOf(this.#unseen, this.#observed);
    return {
      imageBefore: this.#plan?.imageBefore?.imageId ?? null,
      imageAfter: imageId,
      power: { before: this.#plan?.power.before ?? null, after: status },
    };
  }

  #begin(phase: Phase, deadlineSeconds: number): void {
    const at = now();
    const last = this.#timeline.pop();
    if (last !== undefined) this.#timeline.push({ ...last, finishedAt: at });
    this.#timeline.push({ phase, startedAt: at, finishedAt: FINAL_PHASES.includes(phase) ? at : null });
    this.#phase = phase;
    this.restartDeadline(deadlineSeconds);
    this.#attempt = 1;
    this.#lastError = null;
    this.#show();
  }

  #show(): void {
    setCurrentDetails(toMarkdown(this.progress(), this.asked.instanceId));
  }
}

function now(): string {
  return new Date().toISOString();
}
