import { randomUUID } from 'node:crypto';
import { WORKFLOW } from '../../contracts/names.js';
import type { Failure } from '../../contracts/rebuild-result.js';
import { WorkerReport } from '../../contracts/worker-report.js';
import { type Poller, readPollers } from '../../temporal/pollers.js';
import { callTemporal, type ClientContext } from './context.js';
import { ReimageError } from './errors.js';
import { askWorker } from './run-workflow.js';

/** What the workers of a task queue say of themselves. */
export interface WorkersReport {
  readonly reports: readonly WorkerReport[];
  /** Those that have polled lately, and did not answer: killed since, hanging, busy, or without the keys. */
  readonly silent: readonly Poller[];
  /** Why a question was not answered; null: each was. */
  readonly failure: Failure | null;
}

/** A worker polls again at least once a minute; the server remembers it for five. */
const POLLED_WITHIN_MS = 90_000;

/** Whoever is free takes a question: so some are asked twice before each has been. */
const ROUNDS = 4;

/** How long a worker may take to begin to answer, and to end: a call to JD Cloud takes half a minute at most. */
const TAKEN_WITHIN_MS = 5_000;
const ANSWERED_WITHIN_MS = 40_000;

/**
 * Asks the workers of the task queue for what they are: build, keys, credentials, clock, and what failed last. Touches
 * nothing.
 * @throws ReimageUnreachableError when the server cannot be asked · the reason of the context's signal
 */
export async function reportWorkers(context: ClientContext): Promise<WorkersReport> {
  const { client, taskQueue } = context;
  const pollers = await callTemporal(context, () =>
    readPollers(client.workflowService, client.options.namespace, taskQueue),
  );
  const live = pollers.filter(({ at }) => Date.now() - at < POLLED_WITHIN_MS);
  const reports = new Map<string, WorkerReport>();
  let failure: Failure | null = null;
  let silent = live;
  for (let round = 0; round < ROUNDS && silent.length > 0 && failure === null; round += 1) {
    const answers = await Promise.all(silent.map(() => askOne(context)));
    for (const answer of answers) {
      if ('failure' in answer) failure = answer.failure;
      else if (answer.report !== null) reports.set(answer.report.identity, answer.report);
    }
    silent = live.filter(({ identity }) => !reports.has(identity));
  }
  return { reports: [...reports.values()], silent, failure };
}

async function askOne(
  context: ClientContext,
): Promise<{ readonly report: WorkerReport | null } | { readonly failure: Failure }> {
  try {
    const report = await askWorker(context, {
      workflow: WORKFLOW.reportWorker,
      workflowId: `report-worker:${randomUUID()}`,
      deadlineMs: ANSWERED_WITHIN_MS,
      summary: 'reimage doctor asks what a worker is; touches nothing',
      answer: WorkerReport.nullable(),
      workerTimeoutMs: TAKEN_WITHIN_MS,
    });
    return { report };
  } catch (error) {
    if (!(error instanceof ReimageError)) throw error;
    return { failure: error.failure };
  }
}
