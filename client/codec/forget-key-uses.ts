import { keyRecordWorkflowId } from '../../contracts/names.js';
import { readKeyRecord } from '../../temporal/key-record.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { grpcCodeOf } from '../grpc-error.js';
import { ReimageError } from '../reimage-errors.js';

const NOT_FOUND = 5;

/**
 * Has the record of the task queue forget who has encrypted by which key, where any has by another one than this: what
 * library and command line have said would count for two days. Whoever still does says so again, a worker at once.
 * @throws ReimageUnreachableError
 */
export async function forgetKeyUses(context: ClientContext, currentKeyId: string): Promise<void> {
  const { taskQueue, client } = context;
  const { workflowService: service, options } = client;
  const { namespace, identity } = options;
  const record = await callTemporal(context, () => readKeyRecord({ service, namespace, taskQueue }));
  if (record.every(({ keyId }) => keyId === currentKeyId)) return;
  const workflowExecution = { workflowId: keyRecordWorkflowId(taskQueue) };
  const reason = `keys were changed: ${currentKeyId} encrypts`;
  try {
    await callTemporal(context, () =>
      service.terminateWorkflowExecution({ namespace, identity, workflowExecution, reason }),
    );
  } catch (error) {
    // Somebody else was first.
    if (!(error instanceof ReimageError) || grpcCodeOf(error.cause) !== NOT_FOUND) throw error;
  }
}
