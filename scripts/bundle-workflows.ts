import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../temporal/encryption/payload-codec.js';
import { WORKFLOW_SOURCES } from '../temporal/worker/start-worker.js';

/**
 * Builds the workflow bundle: the code that a worker runs in its sandbox, in one file. Throws when a workflow imports
 * what it may not.
 * @param failures - `encoding` for a worker that encrypts: what workflows throw leaves the sandbox as a payload
 */
export async function bundleWorkflows(failures: 'in-clear' | 'encoding' = 'in-clear'): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...WORKFLOW_SOURCES,
    logger: new DefaultLogger('WARN'),
    ...(failures === 'encoding' && { failureConverterPath: FAILURE_CONVERTER_PATH }),
  });
  return code;
}
