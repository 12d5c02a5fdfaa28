import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** Where a worker takes its workflows from. */
export type WorkflowSource = Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'>;

/** Files of `npm run build`. What a workflow throws becomes a failure inside of the bundle, so there is one for each way. */
export const WORKFLOW_BUNDLE = { inClear: 'workflow-bundle.js', encoding: 'workflow-bundle-encoding.js' } as const;

/**
 * The bundle that `npm run build` made, or, when this runs from its sources, the sources, bundled at the start.
 * @param dataConverter - of the worker; one with a failure converter gets the bundle that holds ours
 */
export function defaultWorkflowSource({ failureConverterPath }: DataConverter): WorkflowSource {
  const isSource = import.meta.url.endsWith('.ts');
  if (isSource) return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
  const bundle = failureConverterPath === undefined ? WORKFLOW_BUNDLE.inClear : WORKFLOW_BUNDLE.encoding;
  return { workflowBundle: { codePath: fileURLToPath(new URL(`../${bundle}`, import.meta.url)) } };
}
