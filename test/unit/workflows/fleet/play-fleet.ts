import { FleetInput } from '../../../../contracts/fleet/fleet-input.js';
import { judgedBy } from '../../../../workflows/fleet/bake.js';
import { FleetState } from '../../../../workflows/fleet/fleet-state.js';
import type { Member, MemberChange } from '../../../../workflows/fleet/members.js';
import { PAUSES_SECONDS, STILL_BUSY } from '../../../../workflows/fleet/rollout.js';
import { settleBudget } from '../../../../workflows/fleet/run-wave.js';
import { fleetInputFor } from '../../../fixtures/fleet-input.js';
import type { Part, Play, Played } from './play.js';

/** Decisions after which a play that does not end is given up. */
const MOST_DECISIONS = 20_000;

/**
 * Plays a fleet with the very code that decides in the workflow: admission, limits, budget. Only who starts and ends
 * rebuilds is made up. @param watch - is shown the state after each decision
 */
export function playFleet(
  play: Play,
  watch: (played: Pick<Played, 'record' | 'input'>) => void = () => undefined,
): Played {
  return new Stage(play, watch).play();
}

interface Event {
  readonly minute: number;
  readonly happens: () => void;
}

/** Nothing more happens by itself, and the fleet waits. */
class StuckError extends Error {
  override readonly name = 'StuckError';

  constructor(why: string | null) {
    super(why ?? 'nobody knows why');
  }
}

/** The run has ended, and another one goes on from what it has handed on. */
class ContinuedError extends Error {
  override readonly name = 'ContinuedError';
}

class Stage {
  readonly #play: Play;
  readonly #watch: (played: Pick<Played, 'record' | 'input'>) => void;
  readonly #input: FleetInput;
  readonly #lines: string[] = [];
  readonly #events: Event[];
  #record: FleetState;
  #minute = 0;
  #startsOfRun = 0;
  #lastReason: string | null = null;

  constructor(play: Play, watch: (played: Pick<Played, 'record' | 'input'>) => void) {
    this.#play = play;
    this.#watch = watch;
    this.#input = inputOf(play);
    this.#record = this.#newRecord(this.#input);
    this.#events = (play.cues ?? []).map(({ minute, what, does }) => ({
      minute,
      happens: () => {
        this.#tell(what);
        does(this.#record);
      },
    }));
    for (const [at, { isDown = false, busyUntil = 0 }] of play.vms.entries()) {
      this.#record.members.change(at, { isDown: isDown || busyUntil > 0 });
      if (busyUntil > 0) this.#events.push({ minute: busyUntil, happens: () => this.#otherRebuildEnds(at) });
    }
  }

  play(): Played {
    try {
      while (this.#runEnds()) this.#continue();
      this.#tell(`ends: ${this.#record.ending?.message ?? 'done'}`);
    } catch (error) {
      if (!(error instanceof StuckError)) throw error;
      this.#tell(`waits for ever: ${error.message}`);
    }
    return { lines: this.#lines, record: this.#record, input: this.#input };
  }

  /** @returns whether another run is to go on */
  #runEnds(): boolean {
    try {
      if (this.#record.goal === 'forward') this.#moveForward();
      this.#putBack();
      return false;
    } catch (error) {
      if (error instanceof ContinuedError) return true;
      throw error;
    }
  }

  /** The next run knows what passes through a payload, and nothing else. */
  #continue(): void {
    const snapshot = JSON.stringify({ ...this.#input, snapshot: this.#record.snapshot() });
    this.#record = this.#newRecord(FleetInput.parse(JSON.parse(snapshot)));
    this.#startsOfRun = 0;
    this.#tell('continues as new');
  }

  #newRecord(input: FleetInput): FleetState {
    return new FleetState(input, () => this.#minute * 60_000);
  }

  #moveForward(): void {
    const { waves } = this.#input;
    for (let { wave } = this.#record; wave < waves.length && this.#record.ending === null; wave += 1) {
      this.#record.enter(wave);
      this.#tell(`enters ${waves[wave]?.name ?? ''}`);
      this.#moveWave();
      this.#judgeCanary();
    }
    this.#finish();
  }

  #judgeCanary(): void {
    const { wave, members } = this.#record;
    if (wave > 0 || this.#input.waves[0]?.name !== 'canary') return;
    this.#moveDeferred();
    if (this.#record.isEnding || members.inState(['done'], 0).length > 0) return;
    this.#record.pauseFor({ why: 'no VM of the canary was moved', isForBudget: false });
    this.#resumed();
  }

  #putBack(): void {
    if (this.#record.ending?.isRolledBack !== true) return;
    if (this.#record.goal === 'forward') {
      this.#record.startRollback();
      this.#record.enter(this.#input.waves.length - 1);
      this.#tell('puts back what was moved');
    }
    this.#moveWave();
    this.#finish();
  }

  #finish(): void {
    const { counts } = this.#record.members;
    while (counts.inFlight > 0 || counts.of('deferred') > 0 || this.#record.hasWork) {
      this.#moveDeferred();
      if (counts.inFlight > 0) this.#mustGoOn();
      this.#moveWave();
      if (this.#record.isEnding && counts.inFlight === 0) return;
    }
  }

  #moveDeferred(): void {
    const deferred = () => this.#record.members.inState(['deferred']);
    for (const seconds of PAUSES_SECONDS) {
      if (deferred().length === 0 || this.#record.isEnding) return;
      this.#waitUntil(this.#minute + seconds / 60, () => this.#record.isEnding);
      for (const { at } of deferred()) this.#record.members.change(at, { state: 'waiting' });
      this.#moveWave();
    }
    for (const { at, instanceId } of deferred()) {
      this.#record.members.change(at, STILL_BUSY);
      this.#tell(`skips ${instanceId}: still busy`);
    }
  }

  #moveWave(): void {
    do {
      this.#rebuildWave();
      this.#bake();
      this.#resumed();
    } while (this.#record.hasWork);
  }

  #resumed(): void {
    while (this.#record.pause !== null && !this.#record.isEnding) {
      this.#lastReason = this.#record.pause.why;
      this.#mustGoOn();
    }
  }

  #bake(): void {
    const { members } = this.#record;
    const fresh = members.inState(['done']).filter(({ isBaked }) => !isBaked);
    if (fresh.length === 0 || this.#record.ending !== null) return;
    const { bakeSeconds } = this.#input.rollout;
    if (bakeSeconds > 0) this.#tell(`bakes ${fresh.length}`);
    this.#waitUntil(this.#minute + bakeSeconds / 60, () => this.#record.ending !== null);
    for (const { at, instanceId, isDown } of this.#record.ending === null ? fresh : []) {
      const hasFallen = this.#play.vms[at]?.fallsOver === true && !isDown && members.at(at).state === 'done';
      if (hasFallen) this.#tell(`${instanceId} has fallen over`);
      if (members.at(at).state === 'done')
        members.change(at, { ...judgedBy(hasFallen ? 'down' : null), ...(hasFallen && { isDown: true }) });
    }
    settleBudget({ record: this.#record, input: this.#input });
    this.#show();
  }

  #rebuildWave(): void {
    const { startsOfRun = Number.POSITIVE_INFINITY } = this.#play;
    for (let decisions = 0; decisions < MOST_DECISIONS; decisions += 1) {
      settleBudget({ record: this.#record, input: this.#input });
      this.#decide();
      this.#show();
      if (this.#record.isWaveOver) return;
      if (this.#startsOfRun >= startsOfRun) throw new ContinuedError();
      this.#mustGoOn();
    }
    throw new Error('The play does not end.');
  }

  #decide(): void {
    const halt = this.#record.computeBlocker();
    const { start, block } = halt === null && this.#record.hasWork ? this.#record.admit() : { start: [], block: null };
    for (const member of start) this.#start(member);
    const reason = halt?.why ?? block;
    if (reason !== null && reason !== this.#lastReason) this.#tell(`starts no more: ${reason}`);
    this.#lastReason = reason;
  }

  #start({ at, instanceId, goal }: Member): void {
    const part: Part = this.#play.vms[at] ?? { minutes: 1, end: 'done' };
    this.#record.members.change(at, { state: 'rebuilding', isBaked: false });
    if (part.busyUntil !== undefined && part.busyUntil > this.#minute) {
      this.#tell(`finds ${instanceId} busy`);
      const defer = () => this.#record.members.change(at, { state: 'deferred', isDown: true });
      this.#events.push({ minute: this.#minute, happens: defer });
      return;
    }
    this.#startsOfRun += 1;
    this.#tell(`${goal === 'forward' ? 'rebuilds' : 'puts back'} ${instanceId}`);
    const end = goal === 'rollback' ? 'done' : part.end;
    this.#events.push({ minute: this.#minute + part.minutes, happens: () => this.#end(at, end) });
  }

  #end(at: number, end: Part['end']): void {
    const { instanceId, goal } = this.#record.members.at(at);
    this.#tell(`${instanceId} ${goal === 'rollback' ? 'is back' : end}`);
    this.#record.members.change(at, goal === 'rollback' ? { state: 'rolled-back', isDown: false } : ENDS[end]);
  }

  #otherRebuildEnds(at: number): void {
    this.#record.members.change(at, { isDown: false });
  }

  #waitUntil(minute: number, isOver: () => boolean): void {
    this.#events.push({ minute, happens: () => undefined });
    while (this.#minute < minute && !isOver()) this.#mustGoOn();
  }

  /** Lets the next thing happen. @throws StuckError where nothing does */
  #mustGoOn(): void {
    this.#events.sort((a, b) => a.minute - b.minute);
    const event = this.#events.shift();
    if (event === undefined) throw new StuckError(this.#lastReason);
    this.#minute = event.minute;
    event.happens();
  }

  #show(): void {
    this.#watch({ record: this.#record, input: this.#input });
  }

  #tell(what: string): void {
    this.#lines.push(`${String(Math.round(this.#minute)).padStart(3)} min  ${what}`);
  }
}

const ENDS: Record<Part['end'], MemberChange> = {
  done: { state: 'done', isMoved: true, isDown: false },
  fails: { state: 'failed', isDown: false },
  'fails and stays down': { state: 'failed', isMoved: true, isDown: true },
  'is held': { state: 'held', isMoved: true },
};

function inputOf({ rollout = {}, waves, vms }: Play): FleetInput {
  const members = vms.map(({ az }, at) => ({
    instanceId: `i-${at + 1}`,
    az,
    group: null,
    imageBefore: 'img-old',
    image: 'img-new',
  }));
  return fleetInputFor(members, { rollout, waves });
}
