import type * as z from 'zod';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import { settleBudget } from '../../workflows/fleet/budget.js';
import { FleetRecord } from '../../workflows/fleet/fleet-record.js';
import type { Member, MemberChange } from '../../workflows/fleet/members.js';
import { fleetInputFor } from '../support/fleet-input.js';

/** How the rebuild of one VM goes in a play: how long it takes, and how it ends. */
export interface Part {
  readonly minutes: number;
  readonly end: 'done' | 'fails' | 'fails and stays down' | 'is held';
}

/** Something that an operator does at a minute of the play. */
export interface Cue {
  readonly minute: number;
  readonly what: string;
  readonly does: (record: FleetRecord) => void;
}

/** A fleet without any server: its VMs do as they are told, and the clock goes from event to event. */
export interface Play {
  readonly rollout?: z.input<typeof RolloutPolicy>;
  readonly waves: readonly { readonly name: string; readonly size: number }[];
  /** Zone and part of each VM, in their order. */
  readonly vms: readonly (Part & { readonly az: string; readonly isDown?: boolean })[];
  readonly cues?: readonly Cue[];
}

/** What became of a play: a line for each decision, with its minute and its reason. */
export interface Played {
  readonly lines: readonly string[];
  readonly record: FleetRecord;
  readonly input: FleetInput;
}

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

class Stage {
  readonly #play: Play;
  readonly #watch: (played: Pick<Played, 'record' | 'input'>) => void;
  readonly #input: FleetInput;
  readonly #record: FleetRecord;
  readonly #lines: string[] = [];
  readonly #events: Event[];
  #minute = 0;
  #lastReason: string | null = null;

  constructor(play: Play, watch: (played: Pick<Played, 'record' | 'input'>) => void) {
    this.#play = play;
    this.#watch = watch;
    this.#input = inputOf(play);
    this.#record = new FleetRecord(this.#input, () => this.#minute * 60_000);
    for (const [at, { isDown = false }] of play.vms.entries()) this.#record.members.change(at, { isDown });
    this.#events = (play.cues ?? []).map(({ minute, what, does }) => ({
      minute,
      happens: () => {
        this.#tell(what);
        does(this.#record);
      },
    }));
  }

  play(): Played {
    try {
      this.#playWaves();
      this.#tell(`ends: ${this.#record.ending?.message ?? 'done'}`);
    } catch (error) {
      if (!(error instanceof StuckError)) throw error;
      this.#tell(`waits for ever: ${error.message}`);
    }
    return { lines: this.#lines, record: this.#record, input: this.#input };
  }

  #playWaves(): void {
    for (const [wave, { name }] of this.#input.waves.entries()) {
      this.#record.enter(wave);
      this.#tell(`enters ${name}`);
      this.#rebuildWave();
      if (this.#record.ending !== null) break;
    }
    while (this.#record.members.tally.inFlight > 0) this.#next();
    if (this.#record.ending?.isRolledBack === true) {
      this.#record.turnBack();
      this.#tell('puts back what was moved');
      this.#rebuildWave();
    }
  }

  #rebuildWave(): void {
    for (let decisions = 0; decisions < MOST_DECISIONS; decisions += 1) {
      settleBudget({ record: this.#record, input: this.#input });
      this.#decide();
      this.#watch({ record: this.#record, input: this.#input });
      if (this.#record.isWaveOver && this.#record.pause === null) return;
      if (!this.#next()) throw new StuckError(this.#lastReason);
    }
    throw new Error('The play does not end.');
  }

  #decide(): void {
    const halt = this.#record.halt();
    const { start, block } = halt === null && this.#record.hasWork ? this.#record.admit() : { start: [], block: null };
    for (const member of start) this.#start(member);
    const reason = halt?.why ?? block;
    if (reason !== null && reason !== this.#lastReason) this.#tell(`starts no more: ${reason}`);
    this.#lastReason = reason;
  }

  #start({ at, instanceId, goal }: Member): void {
    this.#record.members.change(at, { state: 'rebuilding' });
    this.#tell(`${goal === 'forward' ? 'rebuilds' : 'puts back'} ${instanceId}`);
    const part = this.#play.vms[at] ?? { minutes: 1, end: 'done' };
    const end = goal === 'back' ? 'done' : part.end;
    this.#events.push({ minute: this.#minute + part.minutes, happens: () => this.#end(at, end) });
  }

  #end(at: number, end: Part['end']): void {
    const { instanceId, goal } = this.#record.members.at(at);
    this.#tell(`${instanceId} ${goal === 'back' ? 'is back' : end}`);
    this.#record.members.change(at, goal === 'back' ? { state: 'rolled-back', isDown: false } : ENDS[end]);
  }

  /** Lets the next thing happen. @returns whether there was one */
  #next(): boolean {
    this.#events.sort((a, b) => a.minute - b.minute);
    const event = this.#events.shift();
    if (event === undefined) return false;
    this.#minute = event.minute;
    event.happens();
    return true;
  }

  #tell(what: string): void {
    this.#lines.push(`${String(this.#minute).padStart(3)} min  ${what}`);
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
