import { createHash } from 'node:crypto';
import { type FaultKind, FaultRule, type Outcome, outcomesOf, type ParsedFaultRule } from './fault-rule.js';
import { parseWritten } from './issues.js';

/** What a rule is matched with: the call's operation and the VMs that it names. */
export interface FaultTarget {
  readonly operation: string;
  readonly instanceIds: readonly string[];
}

/** A call may meet one fault of each slot: held back, shown stale, answered wrongly, ended wrongly. */
type Slot = 'delay' | 'stale' | 'outcome' | 'answer';

class ActiveRule {
  readonly rule: ParsedFaultRule;
  #toSkip: number;
  #left: number;
  #draw: () => number;

  constructor(rule: ParsedFaultRule) {
    this.rule = rule;
    this.#toSkip = rule.skip;
    const times = rule.times ?? (rule.rate === undefined ? 1 : 'always');
    this.#left = times === 'always' ? Infinity : times;
    this.#draw = seededDraw(rule.seed);
  }

  strikes(target: FaultTarget): boolean {
    const { rule } = this;
    if (!concerns(rule, target)) return false;
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return false;
    }
    if (this.#left <= 0) return false;
    if (rule.rate !== undefined && this.#draw() >= rule.rate) return false;
    this.#left--;
    return true;
  }
}

/** Whether a rule is about such calls at all: others it does not count. */
function concerns({ kind, ...rule }: ParsedFaultRule, { operation, instanceIds }: FaultTarget): boolean {
  if ('outcome' in kind && !outcomesOf(operation).includes(kind.outcome)) return false;
  if ('stale' in kind && !isRead(operation)) return false;
  if (rule.operation !== '*' && rule.operation !== operation) return false;
  return rule.instanceId === undefined || instanceIds.includes(rule.instanceId);
}

/** Whether an operation only reads. */
export function isRead(operation: string): boolean {
  return operation.startsWith('describe');
}

/**
 * The rules in force. Within a slot the first rule that strikes takes the call, and later rules do
 * not count it: three times 500 and then twice 503 is two rules one after the other.
 */
export class FaultBook {
  #rules: ActiveRule[] = [];

  /** @throws ZodError when the rule is malformed */
  add(rule: FaultRule): void {
    this.#rules.push(new ActiveRule(parseWritten(FaultRule, rule)));
  }

  clear(): void {
    this.#rules = [];
  }

  rules(): readonly ParsedFaultRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** The answer fault that strikes this call, counted as used. */
  answer(target: FaultTarget) {
    const kind = this.#take('answer', target);
    return kind === null || 'delayMs' in kind || 'outcome' in kind || 'stale' in kind ? null : kind;
  }

  delay(target: FaultTarget) {
    const kind = this.#take('delay', target);
    return kind !== null && 'delayMs' in kind ? kind : null;
  }

  stale(target: FaultTarget) {
    const kind = this.#take('stale', target);
    return kind !== null && 'stale' in kind ? kind : null;
  }

  /** To be asked when a mutating call is accepted: refused calls use no outcome up. */
  outcome(target: FaultTarget): Outcome | null {
    const kind = this.#take('outcome', target);
    return kind !== null && 'outcome' in kind ? kind.outcome : null;
  }

  #take(slot: Slot, target: FaultTarget): FaultKind | null {
    const struck = this.#rules.find((active) => slotOf(active.rule.kind) === slot && active.strikes(target));
    return struck?.rule.kind ?? null;
  }
}

/** A fault in words, for the journal. */
export function describeFault(kind: FaultKind): string {
  if ('delayMs' in kind) return `delay ${kind.delayMs} ms ${kind.when}`;
  if ('drop' in kind) return `drop ${kind.drop}`;
  if ('body' in kind) return `${kind.body} body ${kind.when}`;
  if ('throttle' in kind) return 'throttle';
  if ('quota' in kind) return 'quota';
  if ('stale' in kind) return kind.stale === 2 ? 'stale read by two' : 'stale read';
  if ('outcome' in kind) return `outcome ${kind.outcome}`;
  return `status ${kind.status} ${kind.when}`;
}

function slotOf(kind: FaultKind): Slot {
  if ('delayMs' in kind) return 'delay';
  if ('stale' in kind) return 'stale';
  return 'outcome' in kind ? 'outcome' : 'answer';
}

/** Numbers from 0 to 1. The n-th is a hash of seed and n: the same on every machine, and near seeds do not resemble each other. */
export function seededDraw(seed: number): () => number {
  let drawn = 0;
  return () => createHash('sha256').update(`${seed}:${drawn++}`).digest().readUInt32BE() / 2 ** 32;
}
