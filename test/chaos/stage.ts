import type { WorkflowHandle } from '@temporalio/client';
import { backupDescription, backupName } from '../../contracts/backup.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { image, region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { type HealthServer, startHealthServer } from './health-server.js';
import type { Meddling, Member, Walk } from './walk.js';
import type { StartWorkers, Workers } from './workers.js';

/** What was done to a VM by someone else, and when (milliseconds since 1970). */
export interface Meddled {
  readonly how: Meddling;
  readonly at: number;
}

/** A rebuild under way in a walk. Each has images of its own, so that what is done to one concerns no other. */
export interface Rebuild {
  readonly member: Member;
  readonly instanceId: string;
  readonly request: RebuildRequestInput;
  readonly formerImageId: string;
  readonly targetImageId: string;
  readonly meddled: Meddled[];
  /** What was seen to be wrong while it ran. */
  readonly violations: string[];
  /** Of its own run, or the one that it was reset to, whatever runs come after it. */
  handle: WorkflowHandle | null;
  /** How often it was reset: its result then tells of its last run only. */
  resets: number;
  /** The reset under way, or the last one. */
  resetting: Promise<void>;
  hasEnded: boolean;
  /** A second rebuild has begun after it: nothing can be told from the VM any more. */
  isSpoiled: boolean;
}

/** A VM or an image that no rebuild of the walk names. */
export interface Bystanders {
  readonly instanceIds: readonly string[];
  readonly imageIds: readonly string[];
}

export interface Stage {
  readonly cloud: Simulator;
  readonly health: HealthServer;
  readonly workers: Workers;
  readonly rebuilds: readonly Rebuild[];
  readonly bystanders: Bystanders;
  readonly foreignImageId: string;
}

/** How a walk is played: how fast the cloud is, and how patient we are. */
export interface Pace {
  /** Seconds that each phase may take; at least 5, as the contract has it. */
  readonly deadlineSeconds: number;
  /** Times that JD Cloud's transitions take. */
  readonly transitionMs: number;
  /** From then on nothing goes wrong any more. */
  readonly calmAfterMs: number;
  /** Every rebuild must have ended so long after the calm. */
  readonly endsWithinMs: number;
}

/** Longer than a read may be behind: an end that is believed too early comes while the VM is still being rebuilt. */
const LEAST_REBUILD_MS = 1_500;

const FOREIGN_IMAGE = 'img-of-someone-else';

/** Cloud, services and a worker for one walk. All of it ends with the scope. */
export async function setUpStage(scope: Scope, walk: Walk, pace: Pace, startWorkers: StartWorkers): Promise<Stage> {
  const health = await startHealthServer(scope);
  const rebuilds = walk.members.map((member) => plannedRebuild(member, pace, health));
  const bystanders = { instanceIds: [uniqueVmId(), uniqueVmId()], imageIds: ['img-bystander', 'img-other-backup'] };
  const cloud = await startSimulator({
    assumptions: { callsPerMinute: 0, replicaLagMs: walk.replicaLagMs },
    timing: {
      stopping: pace.transitionMs,
      starting: pace.transitionMs,
      rebooting: pace.transitionMs,
      rebuilding: Math.max(pace.transitionMs * 2, LEAST_REBUILD_MS),
      creatingImage: pace.transitionMs,
      deleting: 50,
      acceptedVisibleAfter: 10,
    },
    state: region({
      quotas: { image: 10_000 },
      vms: [...rebuilds.map(toVm), ...bystanders.instanceIds.map((id) => vm(id))],
      images: [
        ...rebuilds.flatMap(({ formerImageId, targetImageId }) =>
          [...new Set([formerImageId, targetImageId])].map((id) => image(id)),
        ),
        image(FOREIGN_IMAGE),
        ...bystanderImages(bystanders),
      ],
    }),
  });
  defer(scope, () => cloud.close());
  const workers = await startWorkers(scope, cloud);
  return { cloud, health, workers, rebuilds, bystanders, foreignImageId: FOREIGN_IMAGE };
}

function plannedRebuild(member: Member, pace: Pace, health: HealthServer): Rebuild {
  const instanceId = uniqueVmId();
  const formerImageId = `img-former-${instanceId}`;
  const targetImageId = member.image === 'same' ? formerImageId : `img-target-${instanceId}`;
  const request = requestFor(instanceId, {
    ...(member.image === 'another' && { imageId: targetImageId }),
    power: member.power,
    onFailure: member.onFailure,
    backup: member.backup,
    ...(member.backup === 'image' && member.keepsBackups && { keepBackups: 1 }),
    hold: { deadlineSeconds: 5, atDeadline: member.atDeadline },
    healthChecks: member.hasHealthCheck
      ? [
          {
            kind: 'http',
            url: health.url(instanceId),
            intervalSeconds: 1,
            timeoutSeconds: 1,
            successes: 1,
            deadlineSeconds: 2,
          },
        ]
      : [],
    deadlines: {
      validatingSeconds: pace.deadlineSeconds,
      stoppingSeconds: pace.deadlineSeconds,
      backingUpSeconds: pace.deadlineSeconds,
      rebuildingSeconds: pace.deadlineSeconds,
      startingSeconds: pace.deadlineSeconds,
      verifyingSeconds: pace.deadlineSeconds,
    },
  });
  return {
    member,
    instanceId,
    request,
    formerImageId,
    targetImageId,
    meddled: [],
    violations: [],
    handle: null,
    resets: 0,
    resetting: Promise.resolve(),
    hasEnded: false,
    isSpoiled: false,
  };
}

/** As many pairs as JD Cloud takes. */
export const FULL_METADATA = Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: 'v' }));

function toVm({ member, instanceId, formerImageId }: Rebuild) {
  const metadata = member.isFull ? FULL_METADATA : [];
  return vm(instanceId, member.status, { imageId: formerImageId, metadata });
}

/** One is nobody's business; the other is a backup that Reimage made, of a VM that is not in the walk. */
function bystanderImages({ instanceIds: [instanceId = ''], imageIds: [plain = '', backup = ''] }: Bystanders) {
  const vmRef = { regionId: 'cn-north-1', instanceId };
  const operation = { runId: '01a2b3c4-0000-7000-8000-0123456789ab' };
  return [
    image(plain),
    image(backup, { name: backupName(vmRef, operation), desc: backupDescription(vmRef, operation) }),
  ];
}
