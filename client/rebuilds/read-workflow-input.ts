import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import type { Operation } from './operation.js';

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
