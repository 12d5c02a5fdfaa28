import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import {
  BackupImage,
  backupsWorkflowId,
  type ListBackupsRequest,
  type PruneBackupsRequest,
  PruneReport,
} from '../contracts/backup.js';
import { WORKFLOW } from '../contracts/names.js';
import type { ClientContext } from './connection/context.js';
import { askWorker } from './connection/run-workflow.js';

/**
 * Lists the backups that Reimage has made, newest first. Needs a worker.
 * @throws ReimageUnreachableError (also: no worker) · ReimageError when JD Cloud refuses
 */
export async function listBackups(context: ClientContext, request: ListBackupsRequest): Promise<BackupImage[]> {
  return askWorker(context, {
    workflow: WORKFLOW.listBackups,
    workflowId: backupsWorkflowId('list', request, randomUUID()),
    input: request,
    deadlineMs: request.deadlineSeconds * 1000,
    summary: `list the backups ${ofWhat(request)}; touches nothing`,
    answer: z.array(BackupImage),
  });
}

/**
 * Deletes the backups that are no longer worth keeping, or, as a dry run, tells which. What a rebuild or a fleet under way
 * may need is kept, however old: it may be the way back. The worker finds that out, straight before each deletion.
 * @throws ReimageUnreachableError (also: no worker) · ReimageError when JD Cloud refuses the reads
 */
export async function pruneBackups(context: ClientContext, request: PruneBackupsRequest): Promise<PruneReport> {
  const { keep, dryRun } = request;
  return askWorker(context, {
    workflow: WORKFLOW.pruneBackups,
    workflowId: backupsWorkflowId('prune', request, randomUUID()),
    input: request,
    deadlineMs: request.deadlineSeconds * 1000,
    summary: `${dryRun ? 'say what would be deleted of' : 'delete old ones of'} the backups ${ofWhat(request)}, keep ${keep}`,
    answer: PruneReport,
  });
}

function ofWhat({ regionId, instanceId }: ListBackupsRequest): string {
  return `${instanceId === undefined ? '' : `of ${instanceId} `}in ${regionId}`;
}
