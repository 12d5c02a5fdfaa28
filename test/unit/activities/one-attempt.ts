import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type Activities, createActivities } from '../../../activities/create-activities.js';
import type { RebuildTarget } from '../../../activities/decisions/landing.js';
import { createStatusPoller } from '../../../activities/polling/poller.js';
import type { Acknowledge } from '../../../activities/runtime/heartbeat.js';
import { DEFAULT_TIMING } from '../../../activities/runtime/time.js';
import { createVmReader } from '../../../jdcloud/reader.js';
import { createVmClient } from '../../../jdcloud/vm-client.js';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import type { Simulator } from '../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { NEVER_FROZEN } from '../../fixtures/never-frozen.js';

export const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };

/** What its rebuild is to bring about. */
export const target: RebuildTarget = {
  vm: VM,
  imageId: OTHER_IMAGE_ID,
  before: { imageId: DEFAULT_IMAGE_ID, systemDiskId: null },
  marker: 'operation-1',
  markerUsable: true,
  isRerun: false,
};

interface Running<R> {
  readonly run: (activities: Activities) => Promise<R>;
  readonly acknowledge?: Acknowledge;
  readonly info?: Partial<Info>;
  readonly onHeartbeat?: (details: unknown) => void;
}

/** Runs one attempt at an activity over a simulator. */
export function runOn<R>(scope: Scope, cloud: Simulator, options: Running<R>): Promise<R> {
  const { run, acknowledge = async () => undefined, info = {}, onHeartbeat = () => undefined } = options;
  const { endpoint, credentials } = cloud;
  const api = createVmClient({ endpoint, credentials: async () => credentials });
  defer(scope, () => api.close());
  const reader = createVmReader({ api, windowMs: 2 });
  const activities = createActivities({
    api,
    cloudTime: api.answeredAt,
    reader,
    poller: createStatusPoller({
      readMany: (id, ids) => reader.briefInstances(id, ids, { fresh: true }),
      intervalMs: 20,
    }),
    secrets: createSecretReader({ env: {}, where: 'here' }),
    timing: { ...DEFAULT_TIMING, settleMs: 200, pollIntervalMs: 20 },
    env: {},
    namespace: NEVER_FROZEN,
    acknowledge,
    stopping: new AbortController().signal,
  });
  const now = Date.now();
  const times = { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now };
  const environment = new MockActivityEnvironment({ ...times, ...info }, { logger: new DefaultLogger('ERROR') });
  environment.on('heartbeat', onHeartbeat);
  return environment.run(() => run(activities));
}
