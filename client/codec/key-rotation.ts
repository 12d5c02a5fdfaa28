import { FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { joinKeyUses, type KeyUses, type LastWrite, latest } from './key-use.js';
import type { RunBearer, ScheduleBearer } from './read-key-bearers.js';

/** A run under way that bears a key. */
export interface OpenBearer {
  readonly operationId: string;
  readonly runId: string;
}

/** What the namespace holds of one key, and what is to be done with the key. Instants are ISO 8601, UTC. */
export interface KeyState {
  /** Null: payloads in clear. */
  readonly keyId: string | null;
  readonly payloads: number;
  /** Ids of schedules that bear it. */
  readonly schedules: readonly string[];
  /** Ids of schedules whose next firing needs it for what the last one has left. */
  readonly handedOn: readonly string[];
  /** The freeze that is open bears it. */
  readonly freeze: boolean;
  /** Other runs under way that bear it: they do until they end. */
  readonly open: readonly OpenBearer[];
  /** How many runs that have ended bear it. */
  readonly ended: number;
  /** When the namespace will have forgotten the last of these; null where there are none. */
  readonly endedGoneAt: string | null;
  /** The last time that anybody wrote by it; null where that is not told. */
  readonly lastWrite: LastWrite | null;
  /** Whether the keys given here decrypt it. */
  readonly readable: boolean;
  /** `encrypts`: it is the first key. `drop`: nothing bears it. `keep`: until what `because` says. */
  readonly verdict: 'encrypts' | 'drop' | 'keep';
  /** In one line. */
  readonly because: string;
}

/** Something that should bear the first key, and does not. */
export interface NotRewritten {
  /** `schedule ID` or `the freeze`. */
  readonly what: string;
  readonly why: string;
}

/** What the namespace holds by the keys of its payloads. */
export interface KeyRotation {
  readonly namespace: string;
  /** The key that encrypts here. */
  readonly currentKeyId: string;
  /** How long the namespace keeps a run that has ended. */
  readonly retentionSeconds: number;
  /** The first key first, then those that are given, then others that are found. */
  readonly keys: readonly KeyState[];
  /** What was rewritten now; null where nothing was to be. */
  readonly rewritten: { readonly schedules: readonly string[]; readonly freeze: boolean } | null;
  readonly notRewritten: readonly NotRewritten[];
}

/** All that was read of a namespace. */
export interface Census {
  readonly schedules: readonly ScheduleBearer[];
  readonly runs: readonly RunBearer[];
}

export interface Keys {
  readonly currentKeyId: string;
  /** All that are given here, the current one first. */
  readonly keyIds: readonly string[];
  /** Of those that are found, which are decrypted here. */
  readonly readable: ReadonlySet<string | null>;
}

/** All uses of each key. Pure. */
export function usesOf({ schedules, runs }: Census): KeyUses {
  return [...schedules, ...runs].reduce<KeyUses>((all, { uses }) => joinKeyUses(all, uses), new Map());
}

/** What is to be done with each key. Pure. */
export function judgeKeys(census: Census, keys: Keys, retentionSeconds: number): KeyState[] {
  const { keyIds, currentKeyId } = keys;
  const found = [...usesOf(census).keys()];
  const ids = [...new Set([currentKeyId, ...keyIds, ...found.filter((id) => id !== null).toSorted(), ...found])];
  return ids.map((keyId) => stateOf(keyId, census, keys, retentionSeconds));
}

function stateOf(keyId: string | null, { schedules, runs }: Census, keys: Keys, retentionSeconds: number): KeyState {
  const bearers = runs.filter(({ uses }) => uses.has(keyId));
  const ofSchedules = schedules.filter(({ uses }) => uses.has(keyId));
  const uses = [...ofSchedules, ...bearers].flatMap((bearer) => bearer.uses.get(keyId) ?? []);
  const open = bearers.filter(({ closedAt }) => closedAt === null);
  const closed = bearers.flatMap(({ closedAt }) => closedAt ?? []).toSorted();
  const lastClosed = closed.at(-1);
  const state = {
    keyId,
    payloads: uses.reduce((sum, { payloads }) => sum + payloads, 0),
    schedules: ofSchedules.map(({ scheduleId }) => scheduleId),
    handedOn: schedules.filter((schedule) => needs(schedule, keyId, keys)).map(({ scheduleId }) => scheduleId),
    freeze: open.some(isFreeze),
    open: open
      .filter((run) => !isFreeze(run))
      .map(({ operationId, runId }) => ({ operationId, runId }))
      .toSorted((a, b) => (a.operationId < b.operationId ? -1 : 1)),
    ended: closed.length,
    endedGoneAt: lastClosed === undefined ? null : later(lastClosed, retentionSeconds),
    lastWrite: uses.reduce<LastWrite | null>((last, { lastWrite }) => latest(last, lastWrite), null),
    // A key that nothing bears is not missed.
    readable: uses.length === 0 || keys.readable.has(keyId),
  };
  return { ...state, ...judge(state, keys.currentKeyId, retentionSeconds) };
}

/** Where nobody can tell what a schedule hands on, it may be of any key but the first. */
function needs({ handedOn }: ScheduleBearer, keyId: string | null, { currentKeyId }: Keys): boolean {
  return handedOn === null ? keyId !== null && keyId !== currentKeyId : handedOn.has(keyId);
}

function judge(
  state: Omit<KeyState, 'verdict' | 'because'>,
  currentKeyId: string,
  retentionSeconds: number,
): Pick<KeyState, 'verdict' | 'because'> {
  const { keyId, schedules, handedOn, freeze, open, ended, endedGoneAt, readable } = state;
  if (keyId === currentKeyId) return { verdict: 'encrypts', because: 'it is the first key: all is written by it' };
  const reasons = [
    ...(schedules.length === 0 && !freeze
      ? []
      : [`${rewritable(state)} bear it: \`reimage codec rotate --yes\` rewrites them`]),
    ...(open.length === 0
      ? []
      : [
          `until these have ended, and ${daysOf(retentionSeconds)} more: ${open.map(({ operationId }) => operationId).join(', ')}`,
        ]),
    ...(handedOn.length === 0
      ? []
      : [`until these schedules have fired and ended well once more: ${handedOn.join(', ')}`]),
    ...(ended === 0 ? [] : [`until ${endedGoneAt}: ${ended} ended ${ended === 1 ? 'run bears' : 'runs bear'} it`]),
  ];
  if (reasons.length === 0) return { verdict: 'drop', because: 'nothing bears it' };
  const lost = readable ? [] : ['the keys given here do not decrypt it'];
  return { verdict: 'keep', because: [...lost, ...reasons].join('; ') };
}

/** What of a key may be rewritten, in words. */
export function rewritable({ schedules, freeze }: Pick<KeyState, 'schedules' | 'freeze'>): string {
  const ofSchedules = schedules.length === 1 ? `schedule ${schedules[0]}` : `${schedules.length} schedules`;
  return [...(schedules.length === 0 ? [] : [ofSchedules]), ...(freeze ? ['the freeze'] : [])].join(' and ');
}

export function isFreeze({ operationId, closedAt }: Pick<RunBearer, 'operationId' | 'closedAt'>): boolean {
  return operationId === FREEZE_WORKFLOW_ID && closedAt === null;
}

function later(instant: string, seconds: number): string {
  return new Date(Date.parse(instant) + seconds * 1000).toISOString();
}

function daysOf(seconds: number): string {
  const days = seconds / 86_400;
  return Number.isInteger(days) ? `${days} ${days === 1 ? 'day' : 'days'}` : `${seconds} s`;
}
