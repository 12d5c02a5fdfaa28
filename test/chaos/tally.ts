import type { Simulator } from '../../simulator/start-simulator.js';
import type { Administration } from './walk.js';
import type { Played } from './play-walk.js';

type Counts = Record<string, number>;

/** What came of many walks, in numbers. */
export class Tally {
  walks = 0;
  rebuilds = 0;
  erases = 0;
  kills = 0;
  decisions = 0;
  cancels = 0;
  /** What an administrator did, by what it was. */
  readonly administered: Counts = {};
  /** Rebuilds by outcome and failure type. */
  readonly outcomes: Counts = {};
  /** Faults that struck a call, by kind. */
  readonly faults: Counts = {};
  /** What others did, by what it was. */
  readonly interference: Counts = {};
  /** Rollbacks by how they ended. */
  readonly rollbacks: Counts = {};

  add({ stage, ended, doneEvents, decisions }: Played): void {
    this.walks += 1;
    this.rebuilds += stage.rebuilds.length;
    this.erases += stage.cloud.journal.effective('rebuildInstance');
    this.decisions += decisions;
    for (const { deed } of doneEvents) {
      if (deed.do === 'kill') this.kills += 1;
      if (deed.do === 'change-key') countIn(this.administered, 'another key encrypts');
      if (deed.do === 'cancel') this.cancels += 1;
      if (deed.do === 'administer') countIn(this.administered, nameOf(deed.how));
      if (deed.do === 'meddle') countIn(this.interference, deed.how);
    }
    for (const { result } of ended) {
      countIn(this.outcomes, [result.outcome, result.failure?.type].filter(Boolean).join(' '));
      for (const { outcome } of result.rollbacks ?? []) countIn(this.rollbacks, outcome);
    }
    for (const kind of struck(stage.cloud)) countIn(this.faults, kind);
  }
}

/** The kind of each fault that struck, without its numbers of milliseconds. */
function struck({ journal }: Simulator): string[] {
  return journal
    .calls()
    .flatMap(({ fault }) => fault?.split(', ') ?? [])
    .map((fault) => fault.replace(/\d+ ms/, '').replaceAll(/\s+/g, ' '));
}

function nameOf(how: Administration): string {
  return how.act === 'reset' ? `reset to its ${how.to} task` : how.act;
}

function countIn(counts: Counts, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
