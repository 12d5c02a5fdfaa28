import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { connectClient } from '../../temporal/connect.js';
import { type DevServer, startDevServer } from '../../temporal/dev-server/dev-server.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

/** Which process is killed, and how many calls of the round JD Cloud has taken by then. */
export interface Kill {
  readonly what: 'worker' | 'server' | 'both';
  readonly afterCalls: number;
}

/** One of the rebuilds of a round, and what is promised of it. */
export interface RoundMember {
  readonly instanceId: string;
  readonly status: 'running' | 'stopped';
  readonly request: RebuildRequestInput;
  /** Its first start fails, so that it is put back. */
  readonly isRolledBack: boolean;
  readonly imageAfter: string;
}

export interface RoundEnd {
  readonly cloud: Simulator;
  readonly ends: readonly { readonly member: RoundMember; readonly result: RebuildResult }[];
  /** The processes killed, in order. */
  readonly killed: readonly string[];
}

export const REBUILDS = 50;

/** Longer than a killed worker's wait takes to be taken up again: that is half a minute. */
const FAILING_START_SECONDS = 60;

/** Every third VM is stopped before, every fourth is backed up, every fifth running one does not start and is rolled back. */
function plannedMember(index: number): RoundMember {
  const instanceId = uniqueVmId();
  const status = index % 3 === 0 ? 'stopped' : 'running';
  const isRolledBack = status === 'running' && index % 5 === 0;
  const imageId = isRolledBack || index % 2 === 0 ? OTHER_IMAGE_ID : DEFAULT_IMAGE_ID;
  const request = requestFor(instanceId, {
    imageId,
    backup: index % 4 === 0 ? 'image' : 'none',
    // A start that failed while no worker looked shows only at the deadline.
    ...(isRolledBack && { onFailure: 'rollback', deadlines: { startingSeconds: FAILING_START_SECONDS } }),
  });
  return { instanceId, status, request, isRolledBack, imageAfter: isRolledBack ? DEFAULT_IMAGE_ID : imageId };
}

/**
 * Rebuilds 50 VMs at once by one worker process on a Temporal server with its own SQLite file, and kills (SIGKILL) at
 * the moments given. What was killed is started again at once.
 */
export async function killRound(scope: Scope, kills: readonly Kill[]): Promise<RoundEnd> {
  const members = Array.from({ length: REBUILDS }, (_, index) => plannedMember(index));
  const cloud = await startRoundCloud(scope, members);
  const server = await startServer(scope);
  const { address, namespace } = server;
  const client = await connectClient({ address, namespace, connectionOptions: { address } });
  defer(scope, () => client.connection.close());
  const where = { cloud, address, taskQueue: `test-${randomUUID()}`, env: { REIMAGE_CALLS_PER_MINUTE: '0' } };
  const worker = await startWorkerProcess(scope, where);
  const start = ({ request }: RoundMember) => startRebuild(client, where.taskQueue, request);
  const handles = await Promise.all(members.map(start));
  const killed = await killAll({ scope, cloud, server, worker, where }, kills);
  return { cloud, ends: await Promise.all(members.map((member, index) => endOf(member, handles[index]))), killed };
}

async function endOf(member: RoundMember, handle: WorkflowHandle | undefined) {
  if (handle === undefined) throw new Error('It was not started.');
  return { member, result: await outcomeOf(handle) };
}

function startRoundCloud(scope: Scope, members: readonly RoundMember[]): Promise<Simulator> {
  const starting = startSimulator({
    compress: 30,
    timing: { starting: 60_000 },
    assumptions: { callsPerMinute: 0 },
    state: region({
      vms: members.map(({ instanceId, status }) => vm(instanceId, status)),
      quotas: { image: 10_000 },
    }),
    faults: members
      .filter(({ isRolledBack }) => isRolledBack)
      .map(({ instanceId }) => ({ operation: 'startInstance', instanceId, kind: { outcome: 'reverts' as const } })),
  });
  defer(scope, async () => (await starting).close());
  return starting;
}

async function startServer(scope: Scope): Promise<DevServer> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  defer(scope, () => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const [logFile, dbFilename] = [join(directory, 'temporal.log'), join(directory, 'temporal.db')];
  const server = await startDevServer({ path: await testTemporalCli(), logFile, dbFilename });
  defer(scope, () => server.kill());
  return server;
}

interface Victims {
  readonly scope: Scope;
  readonly cloud: Simulator;
  readonly server: DevServer;
  worker: WorkerProcess;
  readonly where: Parameters<typeof startWorkerProcess>[1];
}

const LOOK_EVERY_MS = 20;
/** A kill whose moment has not come by then is done all the same. */
const MOMENT_WITHIN_MS = 30_000;

async function killAll(victims: Victims, kills: readonly Kill[]): Promise<string[]> {
  const killed: string[] = [];
  for (const { what, afterCalls } of kills.toSorted((a, b) => a.afterCalls - b.afterCalls)) {
    const until = Date.now() + MOMENT_WITHIN_MS;
    while (changesAsked(victims.cloud) < afterCalls && Date.now() < until) await delay(LOOK_EVERY_MS);
    await killAndRestart(victims, what);
    killed.push(what);
  }
  return killed;
}

/** What is killed together is gone at the same time; a worker is started only where there is a server. */
async function killAndRestart(victims: Victims, what: Kill['what']): Promise<void> {
  const { scope, server, where } = victims;
  await Promise.all([what === 'server' ? null : victims.worker.kill(), what === 'worker' ? null : server.kill()]);
  if (what !== 'worker') await server.restart();
  if (what !== 'server') victims.worker = await startWorkerProcess(scope, where);
}

/** Calls that change something and have taken effect. */
function changesAsked({ journal }: Simulator): number {
  return journal.calls({ performed: true }).filter(({ operation }) => !operation.startsWith('describe')).length;
}

/** What is not as promised, one line each, by the cloud's journal and state first; then by what the result says. */
export function roundViolations({ cloud, ends }: RoundEnd): string[] {
  return ends.flatMap(({ member, result }) => {
    const { instanceId, status, isRolledBack, imageAfter, request } = member;
    const effective = (operation: string) => cloud.journal.effective(operation, instanceId);
    const { task, ...now } = cloud.vm(instanceId);
    // The start that fails is asked for once more when its answer was lost with a server or a worker; then it is back.
    const rollbacks = isRolledBack ? (result.rollbacks?.length ?? 0) : 0;
    const wasBacked = rollbacks > 0 && request.backup === 'image';
    const formerOrTarget = isRolledBack && rollbacks === 0 ? request.imageId : imageAfter;
    const facts: readonly (readonly [what: string, is: unknown, promised: unknown])[] = [
      ['rebuilds', effective('rebuildInstance'), 1 + rollbacks],
      ['backups', effective('createImage'), request.backup === 'image' ? 1 : 0],
      ['stops', effective('stopInstance'), status === 'running' ? 1 : 0],
      ['starts', effective('startInstance'), status === 'running' ? (isRolledBack ? 2 : 1) : 0],
      ['status', now.status, status],
      ['task', task, null],
      ['image', now.imageId, wasBacked ? result.backup?.imageId : formerOrTarget],
      ['image in the result', result.imageAfter, now.imageId],
      ['power in the result', result.power.after, now.status],
      ['end', result.failure?.type ?? result.outcome, rollbacks > 0 ? 'RolledBack' : 'done'],
      ['rollbacks in the result at most one', rollbacks <= 1, true],
      ['rollbacks that nobody asked for', (result.rollbacks?.length ?? 0) - rollbacks, 0],
    ];
    return facts
      .filter(([, is, promised]) => is !== promised)
      .map(([what, is, promised]) => `${instanceId}: ${what} is ${String(is)}, not ${String(promised)}`);
  });
}
