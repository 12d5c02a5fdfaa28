/** The operations of JD Cloud's VM API v1 that the simulator serves. */
export const OPERATIONS = [
  'describeInstance',
  'describeInstances',
  'describeBriefInstances',
  'describeInstanceStatus',
  'describeInstancesCustomData',
  'startInstance',
  'stopInstance',
  'rebootInstance',
  'rebuildInstance',
  'deleteInstance',
  'describeImage',
  'describeImages',
  'describeImageConstraints',
  'describeImageConstraintsBatch',
  'createImage',
  'deleteImage',
  'describeKeypairs',
  'describeQuotas',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Whether a text names an operation that the simulator serves. */
export function isOperation(name: string): name is OperationName {
  return OPERATIONS.some((operation) => operation === name);
}
