import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { RebuildTarget } from '../../../activities/decisions/landing.js';
import { type Observation, observe } from '../../../activities/decisions/observation.js';
import type { StatusPoller } from '../../../activities/polling/poller.js';
import type { WaitDeps } from '../../../activities/rebuild/wait-until.js';
import { DEFAULT_TIMING, type Timing } from '../../../activities/runtime/time.js';
import type { VmReader } from '../../../jdcloud/reader.js';
import { Instance, InstanceCustomData } from '../../../jdcloud/schemas.js';

export const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' } as const;

/** A rebuild onto another image by which a landed call must leave a trace. */
export const TARGET: RebuildTarget = {
  vm: VM,
  imageId: 'img-new',
  before: { imageId: 'img-old', systemDiskId: 'vol-old' },
  marker: 'ours',
  markerUsable: true,
};

/** What a look shows: a status, and image and disk where they are not those of before. */
export type Shown = string | { readonly status: string; readonly imageId?: string; readonly diskId?: string };

/** What polls and own reads of a VM show, in order; the last goes on. */
export interface Script {
  readonly polls: readonly Shown[];
  readonly reads?: readonly Shown[];
  /** The marker on the VM. */
  readonly marker?: string;
  readonly timing?: Partial<Timing>;
}

export interface ScriptedVm extends WaitDeps {
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
  /** How many looks of each kind have been taken. */
  readonly taken: { polls: number; reads: number };
  /** Milliseconds since the last poll that did not show it stopped; since the beginning where all did. */
  readonly stoppedForMs: () => number;
}

/** The settle time of a {@link scriptedVm}; polls come every 10 ms. */
export const SETTLE_MS = 100;

/** A VM whose looks are told in advance, for what decides on them. */
export function scriptedVm({ polls, reads = polls.slice(-1), marker, timing }: Script): ScriptedVm {
  const taken = { polls: 0, reads: 0 };
  let stoppedSince = performance.now();
  const next = (shown: readonly Shown[], count: number) => instanceOf(shown[Math.min(count, shown.length - 1)] ?? '');
  const poller: StatusPoller = {
    size: () => 1,
    subscribe: (_vm, _transition, signal) => ({
      next: async () => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        signal.throwIfAborted();
        const observation: Observation = observe(next(polls, taken.polls), new Date());
        taken.polls += 1;
        if (observation.status !== 'stopped') stoppedSince = performance.now();
        return { kind: 'seen', observation };
      },
      stop: () => undefined,
    }),
  };
  const metadata = marker === undefined ? [] : [{ key: 'reimage-operation', value: marker }];
  return {
    poller,
    taken,
    stoppedForMs: () => performance.now() - stoppedSince,
    reader: {
      instance: async () => {
        taken.reads += 1;
        return next(reads, taken.reads - 1);
      },
      customData: async () => InstanceCustomData.parse({ instanceId: VM.instanceId, metadata }),
    },
    timing: { ...DEFAULT_TIMING, settleMs: SETTLE_MS, ...timing },
    stopping: new AbortController().signal,
  };
}

function instanceOf(shown: Shown): Instance {
  const { status, imageId = 'img-old', diskId = 'vol-old' } = typeof shown === 'string' ? { status: shown } : shown;
  return Instance.parse({
    instanceId: VM.instanceId,
    status,
    imageId,
    systemDisk: { cloudDisk: { diskId } },
  });
}

/** Runs one attempt of an activity. @param heartbeatDetails - what the attempt before has left */
export function runActivity<R>(
  activity: () => Promise<R>,
  heartbeatDetails?: unknown,
  onHeartbeat: (details: unknown) => void = () => undefined,
): Promise<R> {
  const now = Date.now();
  const info = { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now, heartbeatDetails };
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  environment.on('heartbeat', onHeartbeat);
  return environment.run(activity);
}
