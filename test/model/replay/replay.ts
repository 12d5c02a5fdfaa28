import type { Scope } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { resetRun } from '../../fixtures/reset-run.js';
import type { Scenario } from '../state.js';
import { type HeldCall, letBy } from './gate.js';
import { isSame, readStory, type ScriptLine, verifiesBlindly } from './script.js';
import {
  actOn,
  answerNoReadAfter,
  openStage,
  rebuildByHand,
  type ReplayWorker,
  showStale,
  type Stage,
} from './stage.js';
import type { AttemptName, Look, StoryStep } from './story-step.js';
import { seenOnRealParts } from './what-came.js';

/** How a story went on a real server, with real workers, before the simulator. */
export interface Replay {
  /** Lines that cannot be made there; nothing was begun then. */
  readonly refused: readonly string[];
  /** Where the real parts went another way, and why; null where they went the whole way. */
  readonly parted: string | null;
  /** Whether what the model says is so there; null where it was not come to. */
  readonly isSo: boolean | null;
  /** What came of it. */
  readonly told: string;
}

/** Longest that a step is waited for: a heartbeat timeout, and some attempts. */
const STEP_WITHIN_MS = 50_000;

/** A call that a step of the story has sent. */
interface Sent extends HeldCall {
  readonly attempt: AttemptName;
}

/** Tells a story of the model on the real parts, step by step. @param wrong - what the model says has come of it */
export async function replay(
  scope: Scope,
  scenario: Scenario,
  story: readonly string[],
  wrong: string,
): Promise<Replay> {
  const script = readStory(story);
  if ('refused' in script) return { refused: script.refused, parted: null, isSo: null, told: '' };
  const stage = await openStage(scope, scenario, script);
  await stage.startWorker();
  const told = new Telling(stage, script.lines);
  for (const [index, line] of script.lines.entries()) {
    try {
      await told.tell(line.step, index);
    } catch (error) {
      return { refused: [], parted: `${line.text}: ${textOf(error)}`, isSo: null, told: '' };
    }
  }
  try {
    return { refused: [], parted: null, ...(await seenOnRealParts(stage, wrong, told.callsOnTheWay())) };
  } catch (error) {
    return { refused: [], parted: `its end: ${textOf(error)}`, isSo: null, told: '' };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class Telling {
  readonly #stage: Stage;
  readonly #lines: readonly ScriptLine[];
  readonly #sent: Sent[] = [];
  readonly #workerOf: { readonly attempt: AttemptName; readonly worker: ReplayWorker }[] = [];
  /** Reads of the VM that the story has told already. */
  #looks = 0;

  constructor(stage: Stage, lines: readonly ScriptLine[]) {
    this.#stage = stage;
    this.#lines = lines;
  }

  /** Calls that have been sent, and neither performed nor lost. */
  callsOnTheWay(): readonly HeldCall[] {
    return this.#sent;
  }

  /** @throws Error where it does not come to it */
  async tell(step: StoryStep, index: number): Promise<void> {
    switch (step.does) {
      case 'plans':
        return await this.#plans(step, index);
      case 'looks':
        return await this.#seesInTurn(step.looks, index);
      case 'begins':
        return void this.#workerOf.push({ attempt: step.attempt, worker: this.#newest() });
      case 'searches':
        return await this.#sees(step.status, false);
      case 'reads':
        return await this.#reads(step.attempt, index);
      case 'fails-on-read':
        return (await this.#imageRead(step.attempt)).drop();
      case 'sends':
        return await this.#sends(step.attempt);
      case 'stalls':
        return await this.#stalls(step.attempt, index);
      case 'is-given-up':
        return await this.#isGivenUp(step.attempt);
      case 'wakes':
        return await this.#wakes(step.attempt);
      case 'delivers':
        return await this.#delivers(step);
      case 'abandons':
        return await eventually('its sender gives it up', () => this.#awaited(step) === undefined, STEP_WITHIN_MS);
      case 'arrives':
        return this.#stage.cloud.act.release(this.#stage.instanceId);
      case 'acts':
        return actOn(this.#stage, step.act);
      case 'rebuilds':
        return rebuildByHand(this.#stage, step);
      case 'starts':
        return await this.#stage.startRun(step.hasOwnId);
      case 'cancels':
        return void (await this.#run(step.run).cancel());
      case 'deadline':
        return await this.#deadline(step.run);
      case 'resets':
        return await this.#resets(step);
      case 'is-confirmed':
      case 'passes':
        return undefined;
    }
  }

  async #plans({ run, looks }: Extract<StoryStep, { does: 'plans' | 'looks' }>, index: number): Promise<void> {
    const { runs, startRun } = this.#stage;
    if (runs.length < run) await startRun(false);
    await letBy([await this.#imageReadOf(this.#newest())]);
    await this.#seesInTurn(looks, index);
  }

  /** The first is a look of the poll, or a read of its own; the second always one of its own. Reads are stale up to the last that is. */
  async #seesInTurn(looks: readonly Look[], index: number): Promise<void> {
    const { cloud } = this.#stage;
    const stale = looks.find(({ isStale }) => isStale);
    if (stale !== undefined) showStale(this.#stage, stale.status);
    const isBlindAfter = verifiesBlindly(this.#lines, index + 1);
    if (isBlindAfter) answerNoReadAfter(this.#stage, looks.length - 1);
    for (const [at, { status }] of looks.entries()) {
      await this.#sees(status, at > 0);
      if (!isBlindAfter && !looks.slice(at + 1).some(({ isStale }) => isStale)) cloud.clearFaults();
    }
  }

  async #sees(status: string, isOwn: boolean): Promise<void> {
    const { shown } = this.#stage;
    const find = () =>
      shown.findIndex((look, at) => at >= this.#looks && look.status === status && (look.isOwn || !isOwn));
    await eventually(`a read shows ${status}`, () => find() >= 0, STEP_WITHIN_MS);
    this.#looks = find() + 1;
  }

  async #reads(attempt: AttemptName, index: number): Promise<void> {
    if (attempt.kind !== 'rebuild') return;
    const read = await this.#imageRead(attempt, false);
    if (this.#stallsNext(attempt, index)) return;
    this.#workerAt(attempt).gate.imageReads.shift();
    await read.perform();
    read.answer();
  }

  /** Whether the very next thing that befalls an attempt is that its machine falls asleep. */
  #stallsNext(attempt: AttemptName, index: number): boolean {
    const next = this.#lines.slice(index + 1).find(({ step }) => 'attempt' in step && isSame(step.attempt, attempt));
    return next?.step.does === 'stalls';
  }

  async #sends(attempt: AttemptName): Promise<void> {
    const { calls, imageReads } = this.#workerAt(attempt).gate;
    const at = () => calls.findIndex(({ kind }) => kind === attempt.kind);
    await eventually(
      'its call arrives',
      async () => {
        // A plan may read more images than one, and no attempt at the power state reads any.
        if (attempt.kind !== 'rebuild') await letBy(imageReads.splice(0));
        return at() >= 0;
      },
      STEP_WITHIN_MS,
    );
    const [call] = calls.splice(at(), 1);
    if (call !== undefined) this.#sent.push({ ...call, attempt });
  }

  /** One that has sent its call sleeps at once; one that has read sleeps while it asks the server for its word. */
  async #stalls(attempt: AttemptName, index: number): Promise<void> {
    const worker = this.#workerAt(attempt);
    if (!this.#sent.some((sent) => isSame(sent.attempt, attempt))) {
      const read = await this.#imageRead(attempt);
      worker.line.halt();
      await read.perform();
      read.answer();
      await eventually(`it asks for the server's word (line ${index + 1})`, () => worker.gate.hasSilentConnection());
    }
    worker.process.signal('SIGSTOP');
    worker.asleepSince = Date.now();
    await this.#stage.startWorker();
  }

  async #isGivenUp({ run, number }: AttemptName): Promise<void> {
    await eventually(
      'the server hands it out once more',
      async () => (await this.#attempt(run)) > number,
      STEP_WITHIN_MS,
    );
  }

  async #wakes(attempt: AttemptName): Promise<void> {
    const { process, machine, asleepSince, line } = this.#workerAt(attempt);
    await machine?.sleptFor(Date.now() - (asleepSince ?? Date.now()));
    process.signal('SIGCONT');
    line.resume();
  }

  async #delivers({ kind, run, end, answer }: Extract<StoryStep, { does: 'delivers' }>): Promise<void> {
    const isOurs = ({ attempt }: Sent) => attempt.kind === kind && attempt.run === run;
    const call = answer === null ? this.#sent.find(isOurs) : this.#sent.findLast(isOurs);
    if (call === undefined) throw new Error('there is no such call');
    this.#sent.splice(this.#sent.indexOf(call), 1);
    if (end === 'lost') return call.drop();
    const status = await call.perform();
    const isTaken = status < 300;
    if (isTaken !== (end === 'performed')) throw new Error(`the cloud answers ${status}`);
    if (answer === 'lost') call.drop();
    else call.answer();
  }

  /** Whatever the run waits for when its time is up it waits for no more. */
  async #deadline(run: number): Promise<void> {
    const now = await this.#pending(run);
    await eventually(
      'its time is up',
      async () => {
        const later = await this.#pending(run);
        return now.every((id) => !later.includes(id));
      },
      STEP_WITHIN_MS,
    );
  }

  async #resets({ run, to }: Extract<StoryStep, { does: 'resets' }>): Promise<void> {
    const { temporal, runs } = this.#stage;
    const { workflowId, runId } = await this.#run(run).describe();
    runs.push(await resetRun(temporal.client, { workflowId, runId }, to));
  }

  async #pending(run: number): Promise<string[]> {
    const { raw } = await this.#run(run).describe();
    return (raw.pendingActivities ?? []).map(({ activityId }) => activityId ?? '');
  }

  async #attempt(run: number): Promise<number> {
    const { raw } = await this.#run(run).describe();
    return Math.max(0, ...(raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0));
  }

  #run(run: number) {
    const handle = this.#stage.runs[run - 1];
    if (handle === undefined) throw new Error(`there is no run ${run}`);
    return handle;
  }

  #awaited({ kind, run }: Pick<AttemptName, 'kind' | 'run'>): Sent | undefined {
    return this.#sent.find(({ attempt, isAwaited }) => attempt.kind === kind && attempt.run === run && isAwaited());
  }

  #newest(): ReplayWorker {
    const worker = this.#stage.workers.at(-1);
    if (worker === undefined) throw new Error('there is no worker');
    return worker;
  }

  #workerAt(attempt: AttemptName): ReplayWorker {
    return this.#workerOf.find((at) => isSame(at.attempt, attempt))?.worker ?? this.#newest();
  }

  async #imageRead(attempt: AttemptName, isTaken = true) {
    return await this.#imageReadOf(this.#workerAt(attempt), isTaken);
  }

  /** Whoever is about to rebuild a VM reads the image last: there it is held. */
  async #imageReadOf({ gate: { imageReads } }: ReplayWorker, isTaken = true) {
    const next = () => imageReads.find(({ isAwaited }) => isAwaited());
    await eventually('it reads the image', () => next() !== undefined, STEP_WITHIN_MS);
    const read = next();
    if (read === undefined) throw new Error('it has given its read of the image up');
    if (isTaken) imageReads.splice(imageReads.indexOf(read), 1);
    return read;
  }
}
