import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { canonicalJson } from '../../contracts/canonical-digest.js';
import { RebuildRequest, type StartNotes } from '../../contracts/rebuild-request.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { failureOf, ReimageError, toReimageError } from '../connection/errors.js';
import type { Operation } from './operation.js';

/** Who asks again, and in which words, may be another: what is done is the same. */
export const MAY_DIFFER: readonly string[] = ['requestId', 'requestedBy', 'reason'];
/** Fields whose values a message may repeat: they hold no secret, and are short. */
const SHOWN = ['imageId', 'keyNames', 'hostname', 'power', 'backup', 'onFailure'];

/**
 * Refuses a request whose id has started another one: whoever asks would take the end of that one for the end of theirs.
 * One that cannot be decrypted here passes: its result cannot be read here either, and says so.
 * @param known - what the id has started
 * @throws ReimageError `RequestIdReused` naming what differs, `Unexpected` when it cannot be read · ReimageUnreachableError
 */
export async function refuseIfOther(
  context: ClientContext,
  known: Operation,
  request: RebuildRequest,
  { rollbackOf }: Pick<StartNotes, 'rollbackOf'> = {},
): Promise<void> {
  const [was, is] = [kindOf(known.rollbackOf !== null), kindOf(rollbackOf !== undefined)];
  if (was !== is) throw reused(known, [`that was ${was}, and this is ${is}`]);
  const earlier = await readEarlier(context, known);
  const differ = earlier === null ? [] : differences(earlier, request, MAY_DIFFER);
  if (differ.length > 0) throw reused(known, differ);
}

/**
 * What two requests differ in, one text each that begins with the field.
 * @param mayDiffer - fields that are not looked at
 */
export function differences(
  earlier: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  mayDiffer: readonly string[],
): string[] {
  const fields = [...new Set([...Object.keys(earlier), ...Object.keys(now)])].filter(
    (name) => !mayDiffer.includes(name),
  );
  return fields
    .filter((name) => canonicalJson(earlier[name]) !== canonicalJson(now[name]))
    .map((name) => (SHOWN.includes(name) ? `${name} (${shown(earlier[name])}, now ${shown(now[name])})` : name));
}

/** The refusal of an id that has started something else. @param differ - what differs, in words */
export function reused(
  { operationId, runId, requestId, startedAt }: Operation,
  differ: readonly string[],
): ReimageError {
  const message = `Request id ${requestId ?? ''} has started run ${runId} of ${operationId} at ${startedAt}, and asks for something else now: ${differ.join(', ')}.`;
  return toReimageError(failureOf('RequestIdReused', message));
}

/** All of what a run was asked to do, by today's contract; null where it cannot be decrypted here. */
export async function readEarlier(
  context: ClientContext,
  { operationId, runId }: Pick<Operation, 'operationId' | 'runId'>,
): Promise<RebuildRequest | null> {
  const input = await readInput(context, { operationId, runId }).catch((error: unknown) => {
    if (error instanceof ReimageError && error.failure.type === 'Unreadable') return null;
    throw error;
  });
  if (input === null) return null;
  const earlier = RebuildRequest.safeParse(input);
  if (earlier.success) return earlier.data;
  const message = `This version of Reimage cannot read what run ${runId} of ${operationId} was asked to do, and so cannot tell whether this is the same request.`;
  throw toReimageError(
    failureOf('Unexpected', message, 'Take a new request id, or use the version that asked for it.'),
  );
}

function kindOf(isRollback: boolean): string {
  return isRollback ? 'a rollback' : 'a rebuild';
}

function shown(value: unknown): string {
  const words = (Array.isArray(value) ? value : [value]).filter((word) => typeof word === 'string');
  return words.join(' ') || 'none';
}

/**
 * Reads what a run was started with, from the first event of its history; undefined when nothing stands there.
 * @throws ReimageError `Unexpected` when it cannot be decoded · ReimageUnreachableError
 */
export async function readInput(
  context: ClientContext,
  { operationId, runId }: Pick<Operation, 'operationId' | 'runId'>,
): Promise<unknown> {
  const { client } = context;
  const { history } = await callTemporal(context, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: operationId, runId },
      maximumPageSize: 1,
    }),
  );
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = await callTemporal(context, () =>
    decodeArrayFromPayloads(client.options.loadedDataConverter, started?.input?.payloads),
  );
  return input;
}
