import * as z from 'zod';
import { Phase } from '../contracts/phases.js';
import { RebuildProgress } from '../contracts/rebuild-progress.js';
import { RebuildResult } from '../contracts/rebuild-result.js';
import { TaskFailure } from '../contracts/task-failure.js';
import { Unreadable } from '../contracts/unreadable.js';

export const OPERATION_STATUSES = ['running', 'done', 'failed', 'cancelled'] as const;

/** One started rebuild as library, CLI and gateway show it. Instants are ISO 8601, UTC, by the server's clock. */
export const Operation = z
  .strictObject({
    /** The workflow id: one per VM, so that the run id tells two rebuilds of a VM apart. */
    operationId: z.string(),
    runId: z.string(),
    regionId: z.string(),
    instanceId: z.string(),
    status: z.enum(OPERATION_STATUSES),
    /** The last phase that the server knows of; null before a worker took the rebuild up. */
    phase: Phase.nullable(),
    /** The image asked for; null when none was named. */
    imageId: z.string().nullable(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    requestedBy: z.string().nullable(),
    reason: z.string().nullable(),
    requestId: z.string().nullable(),
    /** The backup that was made before the erase; null where there is none. */
    backupImageId: z.string().nullable(),
    /** Run id of the rebuild that this one puts back; null where it was not started as a rollback. */
    rollbackOf: z.string().nullable(),
    /** The fleet that it is part of; absent where it is of none. */
    fleetId: z.string().optional(),
    /** Null in lists, when finished, and when no worker answered. */
    progress: RebuildProgress.nullable(),
    /** Why `progress` is null while the rebuild runs, in one line. */
    note: z.string().nullable(),
    /** Null while it runs, in lists, and where it cannot be decrypted here. */
    result: RebuildResult.nullable(),
    /** Its workflow task fails, so that nothing of it goes on; absent where none does. */
    taskFailure: TaskFailure.optional(),
    /** Something of it cannot be decrypted here, and is null; absent where all can. */
    unreadable: Unreadable.optional(),
    /** The run's page in Temporal's web UI, where that is known. */
    webUrl: z.string().optional(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.output<typeof Operation>;
