import { canonicalDigest } from '../../contracts/canonical-digest.js';
import { actId, AuditEntry, type FleetUpdate, type FleetUpdateName } from '../../contracts/fleet/fleet-control.js';
import type { RunDescription } from '../../temporal/namespace/runs.js';
import type { CallOptions, ClientContext } from '../connection/context.js';
import { failureOf, type ReimageError, toReimageError } from '../connection/errors.js';
import { sendUpdate } from '../connection/send-update.js';
import { findFleet, type FleetLookup } from './find.js';
import { fleetOf } from './read.js';

export interface ControlOptions extends CallOptions {
  /** Your id of this act: with it, the same act sent twice is done once; with another content it is refused. */
  readonly requestId?: string;
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/**
 * Does something to a running fleet, and returns once its workflow has done it.
 * @throws ReimageError `DecisionRefused` when it cannot be done now, or the fleet has ended, `RequestIdReused` · ReimageNotFoundError
 * `FleetNotFound` · ReimageUnreachableError (also: no worker)
 */
export async function controlFleet<Name extends FleetUpdateName>(
  context: ClientContext,
  lookup: FleetLookup,
  name: Name,
  input: FleetUpdate<Name>,
  { requestId, workerTimeoutMs }: ControlOptions = {},
): Promise<AuditEntry> {
  const found = await findFleet(context, lookup);
  const { workflowId } = found;
  const { isRunning } = fleetOf(context, found);
  // With a request id it may be a repeat: the server answers it as it was answered then.
  if (!isRunning && requestId === undefined) throw hasEnded(workflowId);
  return await sendUpdate(context, {
    handle: isRunning ? handleOfChain(context, found) : handleOfRun(context, found),
    name,
    input,
    answer: AuditEntry,
    ended: () => hasEnded(workflowId),
    late: {
      message: `No worker has taken it up for ${workflowId} in time. One that comes later may still do so.`,
      next: 'See with `reimage fleet status` whether it was done before you send it again.',
    },
    byHand: `To abort the fleet without an update: ${cancelCommand(context, workflowId)}`,
    unreadable: {
      message: `The worker answered ${name} in a way that this version of Reimage cannot read; it was done.`,
      next: 'See with `reimage fleet status` what came of it.',
    },
    ...(requestId !== undefined && { updateId: updateId(name, input, requestId) }),
    ...(workerTimeoutMs !== undefined && { workerTimeoutMs }),
  });
}

/** Temporal's own cancellation, which a fleet takes for an abort. */
function cancelCommand({ client }: ClientContext, workflowId: string): string {
  return `\`temporal workflow cancel --namespace ${client.options.namespace} --workflow-id '${workflowId}'\`.`;
}

/**
 * An answer to another gate or pause is another act: it is not told as done because one before it was. What else the act
 * says goes along as digests: the fleet refuses an id that comes again with others.
 */
function updateId(name: FleetUpdateName, input: object, requestId: string): string {
  const meant = 'gate' in input ? [input.gate] : 'pause' in input ? [input.pause] : [];
  const content = Object.entries(input).filter(
    ([field, value]) => !OF_NO_CONTENT.includes(field) && value !== undefined,
  );
  return actId(
    [name, ...meant, requestId].join(':'),
    content.map(([field, value]) => [field, canonicalDigest(unordered(value)).slice(0, 8)]),
  );
}

/** Of a list of VMs the order says nothing. */
function unordered(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).toSorted() : value;
}

/** Who asks again, and in which words, may be another. What is answered stands in the id as it is. */
const OF_NO_CONTENT = ['by', 'reason', 'gate', 'pause'];

/**
 * The fleet in whichever run it is by then, and no other that has the lock by then: the server compares the first run. One
 * that does not tell it is asked for this run alone.
 */
function handleOfChain(context: ClientContext, found: RunDescription) {
  const firstRunId = found.raw.workflowExecutionInfo?.firstRunId;
  return firstRunId
    ? context.client.workflow.getHandle(found.workflowId, undefined, { firstExecutionRunId: firstRunId })
    : handleOfRun(context, found);
}

function handleOfRun({ client }: ClientContext, { workflowId, runId }: RunDescription) {
  return client.workflow.getHandle(workflowId, runId);
}

function hasEnded(workflowId: string): ReimageError {
  const message = `${workflowId} has ended: nothing can be done to it any more.`;
  return toReimageError(failureOf('DecisionRefused', message, 'See with `reimage fleet report` how it ended.'));
}
