import { FAILURES } from '../../../contracts/failures.js';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import { OK } from '../exit-codes.js';

/** How a command that shows the end of a fleet exits. */
export function exitCodeOfFleet({ status, result }: FleetOperation): number {
  if (status === 'done') return OK;
  const { failure } = result ?? {};
  return failure === undefined ? FAILURES.Unexpected.exitCode : FAILURES[failure.type].exitCode;
}
