import type { Payload } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { keyRecordWorkflowId } from '../../contracts/names.js';
import { CODEC_KEYS_VARIABLE } from '../../temporal/encryption/codec-keys.js';
import { readKeyRecord } from '../../temporal/encryption/key-record.js';
import { PayloadCodecError } from '../../temporal/encryption/payload-codec.js';
import { tellingWait } from '../../temporal/waiting.js';
import { callTemporal, type ClientContext, currentKeyOrNull } from '../connection/context.js';
import {
  failureOf,
  ReimageError,
  ReimageInvalidInputError,
  ReimageNotFoundError,
  toReimageError,
} from '../connection/errors.js';
import { grpcCodeOf } from '../connection/temporal-errors.js';
import {
  type Census,
  isFreeze,
  judgeKeys,
  type KeyRotation,
  type Keys,
  type NotRewritten,
  rewritable,
  usesOf,
} from './key-rotation.js';
import { readRunBearers, readScheduleBearers } from './read-key-bearers.js';
import { reencryptSchedule, renewFreeze } from './reencrypt-schedule.js';

/**
 * Counts what the namespace holds by the keys of its payloads, and says of each key whether it may be dropped. Touches
 * nothing and needs no worker. It reads every schedule and the whole history of every run that the namespace keeps.
 * @throws ReimageInvalidInputError where encryption is off · ReimageUnreachableError
 */
export async function planKeyRotation(context: ClientContext): Promise<KeyRotation> {
  return await rotationOf(context, await currentKey(context), { rewritten: null, notRewritten: [] });
}

/**
 * Rewrites what outlives retention, so that it bears the first key: schedules, and the freeze. Safe to repeat, and to be
 * interrupted: each thing is rewritten in one step. Needs a worker where the namespace is frozen.
 * @returns what the namespace holds afterwards
 * @throws ReimageError `Unreadable`, before anything is touched, where keys lack · ReimageInvalidInputError where
 * encryption is off · ReimageUnreachableError
 */
export async function rotateKeys(context: ClientContext): Promise<KeyRotation> {
  const currentKeyId = await currentKey(context);
  const { keys } = await planKeyRotation(context);
  const others = keys.filter(({ keyId }) => keyId !== currentKeyId);
  const lost = others.filter(({ readable, ...state }) => !readable && rewritable(state) !== '');
  if (lost.length > 0) throw lacking(lost);
  const notRewritten: NotRewritten[] = [];
  const schedules: string[] = [];
  for (const id of new Set(others.flatMap((state) => state.schedules))) {
    const why = await rewriteUnlessGone(context, id, currentKeyId);
    if (why === null) schedules.push(id);
    else notRewritten.push({ what: `schedule ${id}`, why });
  }
  const isFreezeOld = others.some(({ freeze }) => freeze);
  const why = isFreezeOld ? await renewFreeze(context, currentKeyId) : null;
  if (why !== null) notRewritten.push({ what: 'the freeze', why });
  // A late worker shows by the freeze, and where there is none by what it says again.
  if (notRewritten.length === 0) await forgetKeyUses(context, currentKeyId);
  const rewritten = { schedules, freeze: isFreezeOld && why === null };
  return await rotationOf(context, currentKeyId, { rewritten, notRewritten });
}

async function rotationOf(
  context: ClientContext,
  currentKeyId: string,
  done: Pick<KeyRotation, 'rewritten' | 'notRewritten'>,
): Promise<KeyRotation> {
  const { namespace } = context.client.options;
  const retentionSeconds = await readRetention(context);
  const waitFor = { what: 'the histories of all runs to be read, two calls or more for each', forMs: null };
  const census: Census = await tellingWait(context.onProgress, waitFor, async () => ({
    schedules: await readScheduleBearers(context),
    runs: await readRunBearers(context),
  }));
  const keys = judgeKeys(census, await keysFor(context, currentKeyId, census), retentionSeconds);
  return { namespace, currentKeyId, retentionSeconds, keys, ...done };
}

async function readRetention(context: ClientContext): Promise<number> {
  const { workflowService, options } = context.client;
  const { config } = await callTemporal(context, () =>
    workflowService.describeNamespace({ namespace: options.namespace }),
  );
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
}

/** The id of the key that encrypts here. @throws ReimageInvalidInputError where none does */
async function currentKey(context: ClientContext): Promise<string> {
  const keyId = await currentKeyOrNull(context);
  if (keyId !== null) return keyId;
  throw new ReimageInvalidInputError(
    `Encryption is off here: ${CODEC_KEYS_VARIABLE} names no keys to change.`,
    CODEC_KEYS_VARIABLE,
  );
}

async function keysFor(context: ClientContext, currentKeyId: string, census: Census): Promise<Keys> {
  const { payloadCodecs } = context.client.options.loadedDataConverter;
  const given = payloadCodecs.flatMap((codec) => ('keyIds' in codec ? (codec.keyIds as readonly string[]) : []));
  const readable = new Set<string | null>();
  for (const [keyId, { sample }] of usesOf(census)) if (await decrypts(context, sample)) readable.add(keyId);
  return { currentKeyId, keyIds: given, readable };
}

async function decrypts(context: ClientContext, payload: Payload): Promise<boolean> {
  try {
    await decode(context.client.options.loadedDataConverter.payloadCodecs, [payload]);
    return true;
  } catch (error) {
    if (error instanceof PayloadCodecError) return false;
    throw error;
  }
}

/** A schedule that was deleted meanwhile bears nothing. */
async function rewriteUnlessGone(context: ClientContext, id: string, currentKeyId: string): Promise<string | null> {
  try {
    return await reencryptSchedule(context, id, currentKeyId);
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}

function lacking(lost: readonly KeyRotation['keys'][number][]) {
  const what = lost.map((state) => `${rewritable(state)} (key ${JSON.stringify(state.keyId)})`).join('; ');
  const ids = lost.map(({ keyId }) => keyId).join(', ');
  const message = `Nothing was rewritten, since the keys given here do not decrypt ${what}.`;
  const next = `Add to ${CODEC_KEYS_VARIABLE}: ${ids}. Where a key is lost, delete or end what bears it, and run it again.`;
  return toReimageError(failureOf('Unreadable', message, next));
}

/** The uses of each key, of what is counted cheaply. */
export interface KeyCounts {
  /** The key that encrypts here; null where encryption is off. */
  readonly currentKeyId: string | null;
  readonly counts: readonly KeyCount[];
}

/** How much bears a key, of what is counted cheaply. */
export interface KeyCount {
  /** Null: in clear. */
  readonly keyId: string | null;
  readonly schedules: number;
  /** Runs under way, by their memos. */
  readonly open: number;
  readonly freeze: boolean;
}

/**
 * Counts schedules, and runs under way by their memos: two calls or more for each schedule, and one for each thousand
 * runs. Histories and what has ended are left out: `planKeyRotation` counts all.
 * @throws ReimageUnreachableError
 */
export async function countKeys(context: ClientContext): Promise<KeyCounts> {
  const schedules = await readScheduleBearers(context);
  const runs = await readRunBearers(context, { openOnly: true, memosOnly: true });
  const ids = new Set([...schedules, ...runs].flatMap(({ uses }) => [...uses.keys()]));
  const counts = [...ids].map((keyId) => {
    const bearers = runs.filter(({ uses }) => uses.has(keyId));
    return {
      keyId,
      schedules: schedules.filter(({ uses }) => uses.has(keyId)).length,
      open: bearers.filter((run) => !isFreeze(run)).length,
      freeze: bearers.some(isFreeze),
    };
  });
  return { currentKeyId: await currentKeyOrNull(context), counts };
}

const NOT_FOUND = 5;

/**
 * Has the record of the task queue forget who has encrypted by which key, where any has by another one than this: what
 * library and command line have said would count for two days. Whoever still does says so again, a worker at once.
 * @throws ReimageUnreachableError
 */
export async function forgetKeyUses(context: ClientContext, currentKeyId: string): Promise<void> {
  const { taskQueue, client } = context;
  const { workflowService: service, options } = client;
  const { namespace, identity } = options;
  const record = await callTemporal(context, () => readKeyRecord({ service, namespace, taskQueue }));
  if (record.every(({ keyId }) => keyId === currentKeyId)) return;
  const workflowExecution = { workflowId: keyRecordWorkflowId(taskQueue) };
  const reason = `keys were changed: ${currentKeyId} encrypts`;
  try {
    await callTemporal(context, () =>
      service.terminateWorkflowExecution({ namespace, identity, workflowExecution, reason }),
    );
  } catch (error) {
    // Somebody else was first.
    if (!(error instanceof ReimageError) || grpcCodeOf(error.cause) !== NOT_FOUND) throw error;
  }
}
