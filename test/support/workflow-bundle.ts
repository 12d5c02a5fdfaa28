import { bundleWorkflows } from '../../scripts/bundle-workflows.js';
import type { WorkflowSource } from '../../temporal/workflow-source.js';

let own: Promise<WorkflowSource> | undefined;

/** The workflow bundle that test/run.ts has built for all files; built here, once, when a file is run by hand. */
export function testWorkflows(): Promise<WorkflowSource> {
  const codePath = process.env['REIMAGE_TEST_WORKFLOW_BUNDLE'];
  own ??=
    codePath === undefined
      ? bundleWorkflows().then((code) => ({ workflowBundle: { code } }))
      : Promise.resolve({ workflowBundle: { codePath } });
  return own;
}
