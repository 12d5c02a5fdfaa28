import { randomUUID } from 'node:crypto';
import { type ConnectionLike, isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import * as z from 'zod';
import { KEY_RECORD, keyRecordWorkflowId } from '../../contracts/names.js';
import { readPollers } from '../pollers.js';
import type { CodecKeys } from './codec-keys.js';
import { createPayloadCodec, type KeyedCodec, keyIdOf } from './payload-codec.js';

/** Which workers the record is of: those of one task queue take one another's tasks. */
export interface KeyRecordOf {
  readonly service: ConnectionLike['workflowService'];
  readonly namespace: string;
  readonly taskQueue: string;
}

/** That somebody encrypts by a key, as they have put it on record. */
export interface KeyUse {
  /** Encrypted by the key. */
  readonly canary: Payload;
  readonly keyId: string;
  /** The worker that says so, and all key ids that it reads; null for a client, and for what was found elsewhere. */
  readonly worker: z.output<typeof WorkerKeys> | null;
  readonly at: Date;
}

const WorkerKeys = z.object({ identity: z.string().max(512), reads: z.array(z.string().max(64)).max(100) });

/** Uses that are read: the last ones. Each key in use is put on record once a day. */
const MOST_USES = 200;
/** A client's key counts as in use for two days after somebody last said so, and who uses it says so again after one. */
const IN_USE_MS = 2 * 86_400_000;
const SAY_AGAIN_MS = 86_400_000;

const CANARY: Payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"canary"') };
const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;

/**
 * Who encrypts by what among the processes of a task queue, newest first: the signals of one workflow that no worker ever
 * runs, from the server's own state. Nothing is decrypted to read it.
 * @throws what the connection throws when the namespace cannot be asked
 */
export async function readKeyRecord({ service, namespace, taskQueue }: KeyRecordOf): Promise<KeyUse[]> {
  try {
    const execution = { workflowId: keyRecordWorkflowId(taskQueue) };
    const asked = { namespace, execution, maximumPageSize: MOST_USES };
    const { history } = await service.getWorkflowExecutionHistoryReverse(asked);
    const events = history?.events ?? [];
    // Whoever ends it wants it forgotten.
    if (events[0]?.workflowExecutionTerminatedEventAttributes) return [];
    return events.flatMap(({ workflowExecutionSignaledEventAttributes: signal, eventTime }) => {
      const [said, canary] = signal?.input?.payloads ?? [];
      const at = new Date(Number(eventTime?.seconds ?? 0) * 1000);
      const keyId = canary && keyIdOf(canary);
      return said && canary && keyId && Date.now() - at.getTime() < IN_USE_MS
        ? [{ canary, keyId, at, worker: workerOf(said) }]
        : [];
    });
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) return [];
    throw error;
  }
}

/**
 * Puts on record that this process encrypts by its first key, and, of a worker, which keys it reads; unless the record
 * says so since less than a day.
 * @param identity - of a worker, as it polls; null for a client
 * @throws what the connection throws when the namespace cannot be told
 */
export async function announceKeys(of: KeyRecordOf, keys: CodecKeys, identity: string | null): Promise<void> {
  const worker = identity === null ? null : { identity, reads: keys.map(({ id }) => id) };
  const [{ id }] = keys;
  const own = (await readKeyRecord(of)).find((use) =>
    worker === null ? use.worker === null && use.keyId === id : use.worker?.identity === identity,
  );
  const isSaid = own?.keyId === id && JSON.stringify(own.worker) === JSON.stringify(worker);
  if (isSaid && Date.now() - own.at.getTime() < SAY_AGAIN_MS) return;
  const data = Buffer.from(JSON.stringify(worker));
  const canary = await createPayloadCodec(keys).encode([CANARY]);
  const payloads = [{ metadata: { encoding: Buffer.from('json/plain') }, data }, ...canary];
  await unlessFull(of, () => signalRecord(of, payloads));
}

async function signalRecord({ service, namespace, taskQueue }: KeyRecordOf, payloads: Payload[]): Promise<void> {
  await service.signalWithStartWorkflowExecution({
    namespace,
    workflowId: keyRecordWorkflowId(taskQueue),
    workflowType: { name: KEY_RECORD.workflow },
    taskQueue: { name: KEY_RECORD.taskQueue },
    requestId: randomUUID(),
    signalName: KEY_RECORD.signal,
    signalInput: { payloads },
  });
}

/** The server lets a workflow have so many signals, 10,000 by default. A new record takes its place: whoever polls says again what they use. */
async function unlessFull({ service, namespace, taskQueue }: KeyRecordOf, say: () => Promise<void>): Promise<void> {
  try {
    await say();
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== INVALID_ARGUMENT) throw error;
    const workflowExecution = { workflowId: keyRecordWorkflowId(taskQueue) };
    await service.terminateWorkflowExecution({ namespace, workflowExecution, reason: 'it takes no more' });
    await say();
  }
}

/**
 * The key ids in use that another worker reads, and these keys do not. One that no worker reads is none of them: it would
 * help nobody that all of them stop. Nor is one that a client has with another secret under the same id: who has the wrong
 * one cannot be told. Of a worker only its last word counts, and only while it polls.
 * @param record - newest first
 * @param codec - null where encryption is off
 * @param before - when the workers polled last by an earlier look: only who has polled since counts. Absent: who has within 70 s
 * @throws what the connection throws when the namespace cannot be asked
 */
export async function keysLacked(
  of: KeyRecordOf,
  record: readonly KeyUse[],
  codec: KeyedCodec | null,
  before: ReadonlyMap<string, number> = new Map(),
): Promise<string[]> {
  const doubtful: KeyUse[] = [];
  for (const use of record) if (!(await isReadable(use.canary, codec))) doubtful.push(use);
  if (doubtful.length === 0) return [];
  const polls = await lastPolls(of);
  const polling = new Set([...polls].filter(([who, at]) => at > (before.get(who) ?? 0)).map(([who]) => who));
  const workers = new Map<string, KeyUse>();
  for (const use of record) {
    const identity = use.worker?.identity;
    if (identity !== undefined && polling.has(identity) && !workers.has(identity)) workers.set(identity, use);
  }
  const alive = new Set(workers.values());
  const readByWorkers = new Set([...alive].flatMap(({ worker }) => worker?.reads ?? []));
  const own = new Set(codec?.keyIds);
  const inUse = doubtful.filter((use) => (use.worker === null ? !own.has(use.keyId) : alive.has(use)));
  return [...new Set(inUse.map(({ keyId }) => keyId))].filter((id) => readByWorkers.has(id));
}

/** Longest between two polls of a worker, with a margin. */
const POLLS_WITHIN_MS = 70_000;

/**
 * When each worker of the task queue has polled last, by its identity, in milliseconds since 1970 by the server's clock. One
 * that was killed a moment ago is among them.
 * @throws what the connection throws when the namespace cannot be asked
 */
export async function lastPolls({ service, namespace, taskQueue }: KeyRecordOf): Promise<Map<string, number>> {
  const polls = (await readPollers(service, namespace, taskQueue)).map(({ identity, at }): [string, number] => {
    return [identity, at];
  });
  return new Map(polls.filter(([, at]) => at > Date.now() - POLLS_WITHIN_MS).toReversed());
}

async function isReadable(canary: Payload, codec: KeyedCodec | null): Promise<boolean> {
  try {
    await codec?.decode([canary]);
    return codec !== null;
  } catch {
    return false;
  }
}

function workerOf({ data }: Payload): KeyUse['worker'] {
  try {
    return WorkerKeys.nullable().parse(JSON.parse(Buffer.from(data ?? []).toString()));
  } catch {
    return null; // somebody else's signal
  }
}
