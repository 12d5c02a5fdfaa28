import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { ownEnvironment } from '../../client/rehearsal/environment.js';
import { type GuardedChild, startGuardedChild } from '../../temporal/dev-server/guarded-child.js';
import type { RunningPostgres } from './postgres.js';

/** One node: all four services of a Temporal server in one process. */
export interface TemporalNode {
  readonly name: string;
  readonly pid: number;
  /** `127.0.0.1:PORT` of its frontend. */
  readonly address: string;
  readonly kill: () => Promise<void>;
}

export interface NodeOptions {
  readonly name: string;
  /** The server's binary. */
  readonly server: string;
  readonly postgres: RunningPostgres;
  /** Eight, for four services and their membership. */
  readonly ports: readonly number[];
  readonly directory: string;
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

/** The config that docs/self-hosting.md gives people. */
const EXAMPLE = fileURLToPath(new URL('../../docs/examples/temporal-node.yaml.tmpl', import.meta.url));
const SERVICES = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'];
/** Fewer than people should have: each costs memory. */
const SHARDS = 16;
const READY_WITHIN_MS = 60_000;
const HEALTH_OF = 'temporal.api.workflowservice.v1.WorkflowService';
/** `SERVING` of gRPC's health protocol. */
const SERVING = 1;

/**
 * Starts a node and resolves once its frontend serves.
 * @throws Error with the end of its log, when it does not
 */
export async function startNode(options: NodeOptions): Promise<TemporalNode> {
  const { name, server, directory, defer, signal } = options;
  const config = join(directory, name);
  const logFile = join(directory, `${name}.log`);
  await mkdir(config);
  await copyFile(EXAMPLE, join(config, 'node.yaml'));
  const args = ['--root', directory, '--config', name, '--env', 'node', '--allow-no-auth', 'start'];
  const child = await startGuardedChild(server, args, {
    logFile,
    cwd: directory,
    env: ownEnvironment(process.env, environmentOf(options)),
  });
  defer(() => child.stop());
  const address = `127.0.0.1:${options.ports[0] ?? 0}`;
  await untilServing(child, address, logFile, signal);
  return { name, pid: child.pid, address, kill: () => child.kill() };
}

/** What the example fills into itself. */
function environmentOf({ postgres, ports }: NodeOptions): Record<string, string> {
  const own = SERVICES.flatMap((service, index) => [
    [`${service}_PORT`, String(ports[index])],
    [`${service}_MEMBERSHIP_PORT`, String(ports[index + SERVICES.length])],
  ]);
  return {
    NODE_ADDRESS: '127.0.0.1',
    HISTORY_SHARDS: String(SHARDS),
    POSTGRES_ADDRESS: `127.0.0.1:${postgres.port}`,
    POSTGRES_USER: postgres.user,
    POSTGRES_PASSWORD: postgres.password,
    ...Object.fromEntries(own),
  };
}

async function untilServing(child: GuardedChild, address: string, logFile: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isServing(address))) {
    if (child.exit() !== null || Date.now() > deadline) {
      throw new Error(`The Temporal node does not serve:\n${(await readFile(logFile, 'utf8')).slice(-3000)}`);
    }
    await delay(200, undefined, { signal });
  }
}

async function isServing(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address });
  try {
    const ask = () => connection.healthService.check({ service: HEALTH_OF });
    return (await connection.withDeadline(Date.now() + 2000, ask)).status === SERVING;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
