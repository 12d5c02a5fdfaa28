import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Freeze } from '../contracts/fleet/freeze.js';
import { type FleetQuestions, openFleetQuestions } from './fleet-questions.js';
import { readFreeze } from './read-freeze.js';

export interface OpenNamespaceOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** What the workers and clients of the namespace have. @default in clear */
  readonly dataConverter?: DataConverter;
}

/** What a worker's activities may ask of its own namespace. */
export interface OpenNamespace extends FleetQuestions {
  readonly freeze: () => Promise<Freeze | null>;
}

const ANSWER_WITHIN_MS = 10_000;

/**
 * Asks the namespace over the connection that the worker has already; nothing is to be closed.
 *
 * Every function rejects with what the SDK throws when there is no answer within ten seconds. What cannot be decrypted
 * here counts as said by nobody who is known: a freeze freezes, a claim holds.
 */
export function openNamespace({ connection, namespace, dataConverter = {} }: OpenNamespaceOptions): OpenNamespace {
  const client = new Client({ connection, namespace, dataConverter });
  const ask = <T>(question: () => Promise<T>) => client.withDeadline(Date.now() + ANSWER_WITHIN_MS, question);
  return { freeze: () => ask(() => readFreeze(client)), ...openFleetQuestions(client, ask) };
}
