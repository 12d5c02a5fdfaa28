import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** Where a worker takes its workflows from. */
export type WorkflowSource = Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'>;

/** The bundle that `npm run build` made, or, when this runs from its sources, the sources, bundled at the start. */
export function defaultWorkflowSource(): WorkflowSource {
  const isSource = import.meta.url.endsWith('.ts');
  return isSource
    ? { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
    : { workflowBundle: { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) } };
}
