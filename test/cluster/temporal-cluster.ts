import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { runToEnd } from '../../temporal/dev-server/guarded-child.js';
import { startBalancer } from './balancer.js';
import type { ClusterServer } from './find-cluster-server.js';
import type { FoundPostgres } from './find-postgres.js';
import { lowPorts } from './low-ports.js';
import { type RunningPostgres, startPostgres } from './postgres.js';
import { startNode, type TemporalNode } from './temporal-node.js';

/** Two nodes on one database, and a balancer in front of them. */
export interface TemporalCluster {
  /** `host:port` for workers and clients. */
  readonly address: string;
  readonly nodes: readonly TemporalNode[];
  /** The node that carries the most connections of workers and clients now, with their number. */
  readonly busiest: () => { readonly node: TemporalNode; readonly connections: number };
}

export interface ClusterOptions {
  readonly server: ClusterServer;
  readonly postgres: FoundPostgres;
  /** An empty folder that others may pass through. */
  readonly directory: string;
  readonly log: (line: string) => void;
  /** Registers what stops a part, as soon as it is there. To be run in reverse order. */
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

const { Duration } = proto.google.protobuf;

const NODES = ['node-1', 'node-2'];
const PORTS_OF_A_NODE = 8;
const NAMESPACE = 'default';
const RETENTION_SECONDS = 24 * 3600;
const NAMESPACE_WITHIN_MS = 60_000;

/** Starts it, from an empty database to a namespace that is served. */
export async function startTemporalCluster(options: ClusterOptions): Promise<TemporalCluster> {
  const { server, directory, log, defer, signal } = options;
  const [databasePort = 0, ...ports] = await lowPorts(1 + NODES.length * PORTS_OF_A_NODE);
  const postgres = await startPostgres({ found: options.postgres, directory, port: databasePort, defer, signal });
  log(`PostgreSQL ${options.postgres.version}: 127.0.0.1:${postgres.port}`);
  await createSchema(server, postgres, signal);
  log('schema: temporal and temporal_visibility are there');
  const nodes: TemporalNode[] = [];
  for (const [index, name] of NODES.entries()) {
    const own = ports.slice(index * PORTS_OF_A_NODE, (index + 1) * PORTS_OF_A_NODE);
    nodes.push(await startNode({ name, server: server.server, postgres, ports: own, directory, defer, signal }));
    log(`${name}: serves ${nodes.at(-1)?.address} (pid ${nodes.at(-1)?.pid})`);
  }
  const balancer = await startBalancer(nodes.map(({ address }) => address));
  defer(() => balancer.close());
  log(`balancer: ${balancer.address}`);
  await registerNamespace(balancer.address);
  for (const { address } of nodes) await untilNamespaceIsServed(address, signal);
  log(`namespace ${NAMESPACE}: is there`);
  const busiest = () => {
    const loads = nodes.map((node) => ({ node, connections: balancer.load(node.address) }));
    return loads.reduce((most, each) => (each.connections > most.connections ? each : most));
  };
  return { address: balancer.address, nodes, busiest };
}

/** By the commands and variables of docs/self-hosting.md. */
async function createSchema({ sql, schema }: ClusterServer, postgres: RunningPostgres, signal: AbortSignal) {
  const env = {
    ...process.env,
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(postgres.port),
    SQL_USER: postgres.user,
    SQL_PASSWORD: postgres.password,
  };
  for (const [database, folder] of [
    ['temporal', 'temporal'],
    ['temporal_visibility', 'visibility'],
  ] as const) {
    await runToEnd(sql, ['--db', database, 'create'], { env, signal });
    await runToEnd(sql, ['--db', database, 'setup-schema', '-v', '0.0'], { env, signal });
    await runToEnd(sql, ['--db', database, 'update-schema', '-d', `${schema}/${folder}/versioned`], { env, signal });
  }
}

async function registerNamespace(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const workflowExecutionRetentionPeriod = Duration.fromObject({ seconds: RETENTION_SECONDS });
    await connection.workflowService.registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod });
  } finally {
    await connection.close();
  }
}

/** Each node reads the namespaces anew every few seconds. */
async function untilNamespaceIsServed(address: string, signal: AbortSignal): Promise<void> {
  const connection = await Connection.connect({ address });
  const deadline = Date.now() + NAMESPACE_WITHIN_MS;
  try {
    for (;;) {
      try {
        await connection.workflowService.countWorkflowExecutions({ namespace: NAMESPACE });
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(200, undefined, { signal });
      }
    }
  } finally {
    await connection.close();
  }
}
