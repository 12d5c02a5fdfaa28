import { randomBytes } from 'node:crypto';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';

/** A VM id that no other test uses: the workflow id is a lock on the server that all tests share. */
export function uniqueVmId(): string {
  return `i-${randomBytes(5).toString('hex')}`;
}

/** A request that fits the simulator's default image, with a key pair as the login. */
export function requestFor(instanceId: string, overrides: Partial<RebuildRequestInput> = {}): RebuildRequestInput {
  return { regionId: 'cn-north-1', instanceId, keyNames: ['ops'], ...overrides };
}
