import { join } from 'node:path';
import { bundleWorkflows } from '../../scripts/bundle-workflows.js';
import { WORKFLOW_BUNDLE, type WorkflowSource } from '../../temporal/worker/start-worker.js';

let own: Promise<WorkflowSource> | undefined;

/** The workflow bundle that test/run.ts has built for all files; built here, once, when a file is run by hand. */
export function testWorkflows(): Promise<WorkflowSource> {
  const build = process.env['REIMAGE_TEST_BUILD'];
  own ??=
    build === undefined
      ? bundleWorkflows().then((code) => ({ workflowBundle: { code } }))
      : Promise.resolve({ workflowBundle: { codePath: join(build, WORKFLOW_BUNDLE.inClear) } });
  return own;
}
