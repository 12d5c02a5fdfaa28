import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endBy, hearInterruption, Interrupted } from '../../scripts/demo/interruption.js';
import { startDemoWorker } from '../../scripts/demo/worker.js';
import { type ClusterServer, findClusterServer } from './find-cluster-server.js';
import { findPostgres, type FoundPostgres } from './find-postgres.js';
import { startFleetCloud } from './fleet.js';
import { type Ended, rebuildFleet } from './rebuild-fleet.js';
import { type Moment, momentOf, reportLines } from './report.js';
import { startTemporalCluster } from './temporal-cluster.js';
import { strayDeeds, violationsOf } from './violations.js';
import { workerEnvironment } from './worker-environment.js';

const HELP = `Rebuilds 50 VMs of a simulated JD Cloud on a cluster as people run it: two Temporal nodes on PostgreSQL, two workers.
In the middle one node and one worker are killed. Exit code 0 when all 50 are done, each erased exactly once.

  npm run test:cluster`;

const begunAt = Date.now();
const log = (line: string) => console.error(`cluster ${Math.round((Date.now() - begunAt) / 1000)} s: ${line}`);

interface Tools {
  readonly postgres: FoundPostgres;
  readonly server: ClusterServer;
}

interface Stage extends Tools {
  readonly directory: string;
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

/** Starts everything, rebuilds, kills, and tells what came of it. Gives what is not as promised. */
async function rehearse({ postgres, server, directory, defer, signal }: Stage): Promise<string[]> {
  const cluster = await startTemporalCluster({ server, postgres, directory, log, defer, signal });
  const cloud = await startFleetCloud();
  defer(() => cloud.close());
  const env = workerEnvironment({ directory, address: cluster.address, cloud });
  const startWorker = async (name: string) => {
    log(`starting ${name}, which bundles its workflows and registers what the namespace lacks`);
    const options = { env, logFile: join(directory, `${name}.log`), onStarted: defer, signal };
    const started = await startDemoWorker(options);
    log(`${name}: ready (pid ${started.pid})`);
    return started;
  };
  const worker = await startWorker('worker-1');
  await startWorker('worker-2');

  const startedAt = Date.now();
  let moment: Moment | undefined;
  const inTheMiddle = async (done: number) => {
    moment = momentOf(cloud, done);
    const { node, connections } = cluster.busiest();
    log(`${done} done; killing ${node.name}, with its ${connections} connections, and worker-1 (${moment.statuses})`);
    await node.kill();
    process.kill(worker.pid, 'SIGKILL');
  };
  const ended = await rebuildFleet({ env, cloud, inTheMiddle, log, signal });
  if (moment === undefined) throw new Error('nothing was killed');
  for (const line of reportLines(cloud, ended, moment, startedAt)) console.log(line);
  return [...ended.flatMap((one: Ended) => violationsOf(cloud, one.member, one.result)), ...strayDeeds(cloud)];
}

/** Gives the exit code. What was started is stopped in reverse order, whatever happens; logs are kept when it went wrong. */
async function stage(tools: Tools, signal: AbortSignal): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-cluster-'));
  // PostgreSQL's own user must get through.
  await chmod(directory, 0o711);
  const stops: (() => Promise<void>)[] = [];
  let isGood = false;
  try {
    const violations = await rehearse({ ...tools, directory, defer: (stop) => void stops.unshift(stop), signal });
    for (const line of violations) console.log(`VIOLATION ${line}`);
    console.log(`${violations.length} violations`);
    isGood = violations.length === 0;
  } catch (error) {
    if (!signal.aborted) log(messageOf(error));
  } finally {
    log('stopping what was started');
    for (const stop of stops) await stop();
  }
  if (isGood || signal.aborted) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  else log(`logs of all parts: ${directory}`);
  return isGood ? 0 : 1;
}

async function main(signal: AbortSignal): Promise<number> {
  try {
    return await stage({ postgres: await findPostgres(), server: await findClusterServer({ log, signal }) }, signal);
  } catch (error) {
    if (!signal.aborted) log(messageOf(error));
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (process.argv.includes('--help')) console.log(HELP);
else {
  const signal = hearInterruption();
  process.exitCode = await main(signal);
  if (signal.reason instanceof Interrupted) endBy(signal.reason.signal);
}
