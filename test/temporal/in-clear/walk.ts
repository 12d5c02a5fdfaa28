import { ReimageClient } from '../../../client/index.js';
import { PROTECTION_TAG } from '../../../contracts/names.js';
import { image, region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { untilPhase } from '../../client/unreadable/stage.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { uniqueVmId } from '../../fixtures/requests.js';
import { startWorkerProcess } from '../../process/worker-process.js';
import { CANARY, PASSWORD } from './canaries.js';

const text = (name: keyof typeof CANARY): string => CANARY[name].word;

/** Ids that the walk has met. */
export interface Walked {
  readonly vmId: string;
  readonly backupImageId: string;
}

/**
 * Does everything that writes into Temporal once: rebuilds that are refused, held, decided, cancelled and rolled back, with a backup,
 * a fleet with its acts, a freeze, a schedule with its acts and a firing, backups.
 * @param keys - of encryption; empty: in clear
 */
export async function walk(scope: Scope, address: string, keys: Readonly<Record<string, string>>): Promise<Walked> {
  const ids = Array.from({ length: 6 }, uniqueVmId).toSorted();
  const [held = '', cancelled = '', refused = '', first = '', second = '', third = ''] = ids;
  const regionId = text('region');
  const cloud = await startSimulator({
    compress: 200,
    state: region({
      regionId,
      vms: ids.map((id) =>
        vm(id, 'running', {
          imageId: 'img-zqold',
          instanceName: text('vmName'),
          hostname: text('hostName'),
          tags: [{ key: 'role', value: text('tag') }, ...(id === held ? [{ key: PROTECTION_TAG, value: 'kept' }] : [])],
        }),
      ),
      images: ['img-zqold', text('image')].map((id) => image(id, { name: text('imageName') })),
    }),
    faults: [
      { operation: 'stopInstance', instanceId: cancelled, kind: { outcome: 'stuck' } },
      {
        operation: 'rebuildInstance',
        instanceId: refused,
        kind: { status: 400, code: 'INVALID_ARGUMENT', message: text('said'), when: 'before' },
      },
    ],
  });
  defer(scope, () => cloud.close());
  const taskQueue = text('taskQueue');
  const env = { TEMPORAL_ADDRESS: address, REIMAGE_TASK_QUEUE: taskQueue, ...keys };
  await startWorkerProcess(scope, { cloud, address, taskQueue, env: { ...keys, REIMAGE_SECRET_PW: PASSWORD } });
  const client = await ReimageClient.connect({ env });
  defer(scope, () => client.close());
  const request = (instanceId: string) => ({
    regionId,
    instanceId,
    imageId: text('image'),
    reason: text('reason'),
    requestedBy: text('requestedBy'),
    keyNames: ['ops'],
  });

  const { keyNames: _keys, ...withPassword } = request(held);
  const heldRun = await client.start({
    ...withPassword,
    passwordRef: `env:${text('passwordRef')}`,
    requestId: text('requestId'),
    metadata: [{ key: 'k', value: text('metadata') }],
    overrideProtection: text('override'),
    backup: 'image',
    onFailure: 'hold',
    healthChecks: [
      {
        kind: 'http',
        url: `http://127.0.0.1:1/${text('url')}`,
        bodyIncludes: text('body'),
        deadlineSeconds: 2,
        intervalSeconds: 1,
      },
      { kind: 'exec', command: [text('program')], deadlineSeconds: 2, intervalSeconds: 1 },
    ],
  });
  await untilPhase(client, heldRun, 'held');
  await client.decide(heldRun, { decision: 'accept', reason: text('decisionReason'), by: text('decidedBy') });
  const { backup } = await client.wait(heldRun);

  const cancelledRun = await client.start(request(cancelled));
  await untilPhase(client, cancelledRun, 'stopping');
  await client.cancel(cancelledRun, { by: text('decidedBy') });
  cloud.act.release(cancelled);
  await client.wait(cancelledRun);
  await client.wait(await client.start(request(refused)));
  await client.wait(
    await client.rollback(
      { regionId, instanceId: held },
      { requestedBy: text('requestedBy'), keyNames: ['ops'], overrideProtection: text('override') },
    ),
  );
  await client.listBackups({ regionId });
  await client.pruneBackups({ regionId, keep: 1 });

  await walkFleets(client, regionId, [first, second], third);
  await client.freeze({ by: text('frozenBy'), reason: text('freezeReason') });
  await client.unfreeze({ by: text('frozenBy'), reason: text('unfreezeReason') });
  return { vmId: held, backupImageId: backup?.imageId ?? '' };
}

async function walkFleets(
  client: ReimageClient,
  regionId: string,
  instanceIds: readonly string[],
  scheduled: string,
): Promise<void> {
  const spec = (ids: readonly string[]) => ({
    name: text('fleetName'),
    regionId,
    select: { instanceIds: [...ids] },
    image: { id: text('image') },
    rebuild: { keyNames: ['ops'] },
    requestedBy: text('requestedBy'),
  });
  const fleet = await client.fleets.start({
    ...spec(instanceIds),
    reason: text('fleetReason'),
    rollout: { canary: 1, bakeSeconds: 0, approval: { afterCanary: 'always' }, maxUnavailable: { fleet: 1 } },
  });
  await eventually(
    'the fleet is at its gate',
    async () => (await client.fleets.get(fleet)).status === 'awaiting-approval',
  );
  const { summary, planDigest } = await client.fleets.get(fleet);
  const by = text('approvedBy');
  const gate = summary?.gate?.name ?? '';
  await client.fleets.pause(fleet, { by, reason: text('approvalReason') });
  const { summary: paused } = await client.fleets.get(fleet);
  await client.fleets.resume(fleet, { by, reason: text('approvalReason'), pause: paused?.pause?.number ?? 0 });
  await client.fleets.approve(fleet, { by, reason: text('approvalReason'), planDigest, gate });
  await client.fleets.abort(fleet, { by, reason: text('abortReason') });
  await client.fleets.wait(fleet);
  await client.fleets.report(fleet);

  const act = { by: text('triggeredBy'), reason: text('triggerReason') };
  const id = text('scheduleId');
  await client.schedules.create({
    id,
    cron: ['0 2 1 1 *'],
    zone: text('zone'),
    fleet: {
      ...spec([scheduled]),
      reason: text('scheduleReason'),
      rollout: { canary: 0, bakeSeconds: 0, approval: { afterCanary: 'never' } },
    },
  });
  const { operationId } = await client.schedules.trigger(id, act);
  await client.temporal.workflow.getHandle(operationId ?? '').result();
  await client.schedules.pause(id, act);
  await client.schedules.resume(id, act);
}
