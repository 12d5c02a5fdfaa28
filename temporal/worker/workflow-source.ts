import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';

/** Where a worker takes its workflows from. */
export type WorkflowSource = Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle' | 'bundlerOptions'>;

/** Files of `npm run build`. What a workflow throws becomes a failure inside of the bundle, so there is one for each way. */
export const WORKFLOW_BUNDLE = { inClear: 'workflow-bundle.js', encoding: 'workflow-bundle-encoding.js' } as const;

/** The sources of all workflows, and what a worker evaluates once for all of them, for the SDK's bundler. */
export const WORKFLOW_SOURCES = {
  workflowsPath: sourceOf('index.ts'),
  preloadModules: [sourceOf('preload-contracts.ts')],
} satisfies BundleOptions;

/**
 * The bundle that `npm run build` made, or, when this runs from its sources, the sources, bundled at the start.
 * @param dataConverter - of the worker; one with a failure converter gets the bundle that holds ours
 */
export function defaultWorkflowSource({ failureConverterPath }: DataConverter): WorkflowSource {
  const isSource = import.meta.url.endsWith('.ts');
  if (isSource) {
    const { workflowsPath, preloadModules } = WORKFLOW_SOURCES;
    return { workflowsPath, bundlerOptions: { preloadModules } };
  }
  const bundle = failureConverterPath === undefined ? WORKFLOW_BUNDLE.inClear : WORKFLOW_BUNDLE.encoding;
  return { workflowBundle: { codePath: fileURLToPath(new URL(`../../${bundle}`, import.meta.url)) } };
}

function sourceOf(module: string): string {
  return fileURLToPath(new URL(`../../workflows/${module}`, import.meta.url));
}
