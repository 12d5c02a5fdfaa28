import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts message and stack trace of a failure into a payload, which the codec then encrypts; what is left in clear says
 * `Encoded failure`. The worker loads this file by its path and, where it bundles workflows, takes it into the bundle:
 * so it must import nothing that a workflow may not.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
