import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { LeftBehind } from '../contracts/earlier-run.js';
import type { VmRef } from '../contracts/ids.js';
import type { Freeze } from '../contracts/fleet/freeze.js';
import { type FleetQuestions, openFleetQuestions } from './fleet-questions.js';
import { readLeftBehind } from './read-earlier-runs.js';
import { type ImagesOfFleet, readImagesOfFleets } from './images-of-fleets.js';
import { inTurns } from './in-turns.js';
import { type MembersOfFleet, readMembersOfFleets } from './members-of-fleets.js';
import { readFreeze } from './read-freeze.js';
import { type ScheduleOfRegion, readSchedulesOfRegion } from './schedules-of-region.js';
import { type LocksToRead, readFormerImage, readRebuildLocks, type RebuildLock } from './rebuild-locks.js';

export interface OpenNamespaceOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** What the workers and clients of the namespace have. @default in clear */
  readonly dataConverter?: DataConverter;
}

/** What a worker's activities may ask of its own namespace. */
export interface OpenNamespace extends FleetQuestions {
  readonly freeze: () => Promise<Freeze | null>;
  readonly leftBehind: (vm: VmRef, runId: string) => Promise<LeftBehind>;
  readonly rebuildLocks: (asked: LocksToRead) => Promise<RebuildLock[]>;
  readonly formerImages: (locks: readonly RebuildLock[]) => Promise<(string | null | undefined)[]>;
  readonly imagesOfFleets: (regionId: string) => Promise<ImagesOfFleet[]>;
  readonly membersOfFleets: (regionId: string) => Promise<MembersOfFleet[]>;
  readonly schedulesOf: (regionId: string) => Promise<ScheduleOfRegion[]>;
}

const ANSWER_WITHIN_MS = 10_000;

/**
 * Asks the namespace over the connection that the worker has already; nothing is to be closed.
 *
 * Every function rejects with what the SDK throws when there is no answer within ten seconds to one of its questions.
 * What cannot be decrypted here counts as said by nobody who is known: a freeze freezes, a claim holds. What a run has
 * left cannot be told then: that rejects.
 */
export function openNamespace({ connection, namespace, dataConverter = {} }: OpenNamespaceOptions): OpenNamespace {
  const client = new Client({ connection, namespace, dataConverter });
  const ask = <T>(question: () => Promise<T>) => client.withDeadline(Date.now() + ANSWER_WITHIN_MS, question);
  return {
    freeze: () => ask(() => readFreeze(client)),
    leftBehind: (vm, runId) => readLeftBehind(client, { ...vm, runId }, ask),
    rebuildLocks: (asked) => readRebuildLocks(client, asked, ask),
    formerImages: (locks) => inTurns(locks, (lock) => ask(() => readFormerImage(client, lock))),
    imagesOfFleets: (regionId) => readImagesOfFleets(client, regionId, ask),
    membersOfFleets: (regionId) => readMembersOfFleets(client, regionId, ask),
    schedulesOf: (regionId) => readSchedulesOfRegion(client, regionId, ask),
    ...openFleetQuestions(client, ask),
  };
}
