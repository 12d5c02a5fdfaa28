import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { Logger } from '../logger.js';
import { tellingWait, tellInLog } from '../waiting.js';
import type { CodecKeys } from './codec-keys.js';
import { announceKeys, type KeyRecordOf, keysLacked, type KeyUse, lastPolls, readKeyRecord } from './key-record.js';
import { createPayloadCodec, keyIdOf } from './payload-codec.js';

/** A worker that would fail what others have encrypted. Its keys are read at its start alone, so it has to begin anew. */
export class KeyLackedError extends Error {
  override readonly name = 'KeyLackedError';

  /** @param ownIds - of the keys that the worker has: one of them with another secret is not lacking, but wrong */
  constructor(keyIds: readonly string[], ownIds: readonly string[] = []) {
    const lacking = keyIds.filter((id) => !ownIds.includes(id));
    const other = keyIds.filter((id) => ownIds.includes(id));
    const said = [
      ...(lacking.length === 0
        ? []
        : [
            `lacks key ${named(lacking)}, which others of its task queue encrypt by: give it to REIMAGE_CODEC_KEYS and start it again`,
          ]),
      ...(other.length === 0
        ? []
        : [
            `has another secret for key ${named(other)} than others of its task queue: give it theirs in REIMAGE_CODEC_KEYS and start it again`,
          ]),
    ];
    super(said.join('; '));
  }
}

function named(keyIds: readonly string[]): string {
  return keyIds.map((id) => JSON.stringify(id)).join(', ');
}

export interface KeyWatch {
  /** Why the worker must take no work; null when it may. */
  readonly lack: () => KeyLackedError | null;
  /** What it cannot read though it works, since no other worker can either; null: nothing that is known of. */
  readonly unread: () => string | null;
  /** Called once a key appears that the worker lacks; at once where one has. */
  readonly onLack: (listener: (lack: KeyLackedError) => void) => void;
  readonly stop: () => void;
}

export interface KeyWatchOptions {
  readonly of: KeyRecordOf;
  /** Null where encryption is off. */
  readonly keys: CodecKeys | null;
  /** Of the worker, as it polls. */
  readonly identity: string;
  readonly everyMs: number;
  readonly log: Logger;
}

/** A client that said so longer ago may have been a slip in one shell: it must not keep workers from being ready for days. */
const SAID_LATELY_MS = 15 * 60_000;

/** What is encrypted by keys that a worker does not have at all; null where there is nothing. */
function unreadIn(record: readonly KeyUse[], ownIds: readonly string[]): string | null {
  const recent = record.filter(({ at }) => Date.now() - at.getTime() < SAID_LATELY_MS);
  const ids = [...new Set(recent.map(({ keyId }) => keyId))].filter((id) => !ownIds.includes(id));
  if (ids.length === 0) return null;
  return `cannot read what clients or runs under way are encrypted by: key ${named(ids)} is not in REIMAGE_CODEC_KEYS of this worker`;
}

type Polls = ReadonlyMap<string, number>;

interface Wait {
  readonly of: KeyRecordOf;
  readonly log: Logger;
  /** Counts who has polled since; without that, who has of late. */
  readonly look: (before?: Polls) => Promise<KeyLackedError | null>;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Waits until a worker that reads the key polls once more, or has not for so long that it is gone: one that was killed a
 * moment ago would keep all others from its place.
 * @returns the lack; null once nobody is there any more who reads the key
 */
async function unlessGone(lack: KeyLackedError, { of, log, look }: Wait): Promise<KeyLackedError | null> {
  log.warn(
    { reason: lack.message },
    'not ready: looking whether the worker that has the key is still there, 70 s at most',
  );
  const before = await lastPolls(of);
  const waitFor = { what: 'the worker that has the key to poll, or to be gone', forMs: 70_000 };
  return await tellingWait(tellInLog(log), waitFor, async () => {
    for (;;) {
      const sure = await look(before);
      if (sure !== null) return sure;
      if ((await look()) === null) return null;
      await sleep(LOOK_EVERY_MS);
    }
  });
}

/** gRPC codes of a namespace that does not let us look: the check is left out then, and said to be. */
const NOT_ALLOWED = [7, 12];

/**
 * Proves that the worker can read what it will be handed, by a payload under each key that others of its task queue encrypt
 * by, and under each that what is open there is encrypted by; tells the others by which it encrypts itself, and looks
 * again from time to time.
 * @throws KeyLackedError · what the connection throws when the namespace cannot be asked
 */
export async function watchKeys({ of, keys, identity, everyMs, log }: KeyWatchOptions): Promise<KeyWatch> {
  const codec = keys === null ? null : createPayloadCodec(keys);
  // Others may then lack the key; this worker can work all the same.
  const notSaid = (error: unknown) =>
    log.warn({ err: error }, 'the others could not be told by which key this worker encrypts');
  let unread: string | null = null;
  const tellUnread = (reason: string | null) => {
    if (reason !== null && reason !== unread) log.warn({ reason }, 'not ready: what others encrypt cannot be read');
    if (reason === null && unread !== null) log.info('nothing is left that cannot be read');
    unread = reason;
  };
  const look = async (open: readonly KeyUse[] = [], before?: Polls): Promise<KeyLackedError | null> => {
    const record = [...(await readKeyRecord(of)), ...open];
    const lacked = await keysLacked(of, record, codec, before);
    tellUnread(unreadIn(record, codec?.keyIds ?? []));
    if (lacked.length > 0) return new KeyLackedError(lacked, codec?.keyIds);
    if (before !== undefined) return null;
    if (keys !== null) await announceKeys(of, keys, identity).catch(notSaid);
    return null;
  };
  let lack: KeyLackedError | null = null;
  try {
    const open = await keysOfOpen(of);
    lack = await look(open);
    if (lack !== null) lack = await unlessGone(lack, { of, log, look: (before) => look(open, before) });
  } catch (error) {
    if (!isGrpcServiceError(error) || !NOT_ALLOWED.includes(error.code)) throw error;
    log.warn({ err: error }, 'whether this worker has all keys in use cannot be checked');
  }
  if (lack !== null) throw lack;
  let listener: ((lack: KeyLackedError) => void) | null = null;
  let isLooking = false;
  const again = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      lack ??= await look(unread === null ? [] : await keysOfOpen(of));
    } catch (error) {
      log.debug({ err: error }, 'the keys in use could not be looked up');
    } finally {
      isLooking = false;
    }
    if (lack === null) return;
    clearInterval(timer);
    listener?.(lack);
  };
  const timer = setInterval(() => void again(), everyMs);
  return {
    lack: () => lack,
    unread: () => unread,
    onLack: (heard) => {
      listener = heard;
      if (lack !== null) heard(lack);
    },
    stop: () => clearInterval(timer),
  };
}

/** Most that each look brings, the newest: what began lately is many, what is old and open is held, or a freeze. */
const PAGE_SIZE = 1000;

/**
 * One payload under each key that the memos of what is open on a task queue are encrypted by: of the newest thousand, of
 * a thousand held rebuilds, and of the freeze. The index, which lags, only adds to what is looked at.
 * @throws what the connection throws when the namespace cannot be asked
 */
export async function keysOfOpen({ service, namespace, taskQueue }: KeyRecordOf): Promise<KeyUse[]> {
  // Temporal's list filter takes no such name, however it is quoted.
  if (/['"\\]/.test(taskQueue)) return [];
  const open = `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
  const uses = new Map<string, KeyUse>();
  for (const filter of [
    '',
    ` AND ${SEARCH_ATTRIBUTE.phase.name} = 'held'`,
    ` AND WorkflowType = '${WORKFLOW.freeze}'`,
  ]) {
    const asked = { namespace, query: `${open}${filter}`, pageSize: PAGE_SIZE };
    const { executions } = await service.listWorkflowExecutions(asked);
    for (const canary of executions.flatMap(({ memo }) => Object.values(memo?.fields ?? {}))) take(uses, canary);
  }
  return [...uses.values()];
}

function take(uses: Map<string, KeyUse>, canary: Payload): void {
  const keyId = keyIdOf(canary);
  if (keyId !== null && !uses.has(keyId)) uses.set(keyId, { canary, keyId, worker: null, at: new Date() });
}
