import { type Client, isGrpcServiceError } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import proto from '@temporalio/proto';
import type { TaskFailure } from '../../contracts/task-failure.js';
import { keyIdOf, unreadableIn } from '../encryption/payload-codec.js';
import { lenientConverterOf, type RunDescription } from './runs.js';

type Failure = proto.temporal.api.failure.v1.IFailure;

/** Events to look back over: a run that fails has its failure among the last. */
const LOOK_BACK = 10;

/**
 * Why a run makes no step: its workflow task, which a worker fails, or takes up and does not answer. Null: nothing says so.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readTaskFailure(
  client: Client,
  { workflowId, runId, raw, status }: Pick<RunDescription, 'workflowId' | 'runId' | 'raw' | 'status'>,
): Promise<TaskFailure | null> {
  const pending = raw.pendingWorkflowTask;
  if (status.name !== 'RUNNING' || !pending?.attempt || pending.attempt < 2) return null;
  const { seconds } = pending.originalScheduledTime ?? pending.scheduledTime ?? {};
  const since = new Date(Number(seconds ?? 0) * 1000).toISOString();
  return { attempt: pending.attempt, since, cause: await causeOf(client, workflowId, runId) };
}

/** Only the first of several failures in a row stands in the history. */
async function causeOf(client: Client, workflowId: string, runId: string): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LOOK_BACK,
  });
  for (const event of history?.events ?? []) {
    const failed = event.workflowTaskFailedEventAttributes;
    if (failed) return (await failureText(client, failed.failure)) ?? 'the worker did not say why';
    if (event.workflowTaskTimedOutEventAttributes) return 'a worker took it up and did not answer in time';
    if (event.workflowTaskCompletedEventAttributes) break;
  }
  return 'the worker did not say why';
}

/**
 * The message of a failure, decrypted; where it cannot be, which key that takes. A worker that encrypts leaves
 * `Encoded failure` in clear.
 */
export async function failureText(client: Client, failure: Failure | null | undefined): Promise<string | null> {
  if (!failure) return null;
  const converter = lenientConverterOf(client);
  const encoded = failure.encodedAttributes;
  if (encoded && keyIdOf(encoded) !== null) {
    const [decoded = encoded] = (await converter.payloadCodecs[0]?.decode([encoded])) ?? [];
    const unreadable = unreadableIn(converter.payloadConverter.fromPayload(decoded));
    if (unreadable !== null) return `what the worker said cannot be read here: ${unreadable.message}`;
  }
  const error = await decodeOptionalFailureToOptionalError(converter, failure);
  return error?.message ?? failure.message ?? null;
}

/**
 * What a worker said of a query that it could not answer, decrypted: the SDK hands on only what stands in clear.
 * Asks once more. Null where it says nothing of that kind.
 */
export async function readQueryFailure(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
  queryType: string,
): Promise<string | null> {
  const { namespace } = client.options;
  try {
    await client.workflowService.queryWorkflow({ namespace, execution: run, query: { queryType } });
    return null;
  } catch (error) {
    return await failureText(client, failureIn(error));
  }
}

const { Status } = proto.google.rpc;
const { QueryFailedFailure } = proto.temporal.api.errordetails.v1;

/** The failure that the server adds to its refusal of a query. */
function failureIn(error: unknown): Failure | null {
  if (!isGrpcServiceError(error)) return null;
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(bytes)) return null;
  const detail = Status.decode(bytes).details.find(({ type_url: type }) => type?.endsWith('.QueryFailedFailure'));
  return detail?.value ? (QueryFailedFailure.decode(detail.value).failure ?? null) : null;
}
