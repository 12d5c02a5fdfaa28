import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { NO_PROXY } from '../proxy.js';
import { areSearchAttributesVisible, searchAttributeFlags } from '../search-attributes.js';
import { type GuardedChild, startGuardedChild } from './guarded-child.js';

export interface DevServerOptions {
  /** The Temporal CLI, as `findServer` finds it. */
  readonly path: string;
  /** Takes what the server writes; appended to. */
  readonly logFile: string;
  /** Port of the gRPC door. 0, the default, picks a free one. */
  readonly port?: number;
  /** SQLite file that keeps the workflows over a restart. Without it they live in memory. */
  readonly dbFilename?: string;
  /** Port of the web UI; 0 picks a free one. Without it there is no UI. */
  readonly uiPort?: number;
  /** Dynamic configuration of the server by key, such as `system.enableActivityEagerExecution`. */
  readonly dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
  /** Environment of the server. @default that of this process */
  readonly env?: NodeJS.ProcessEnv;
}

/** A Temporal server of our own, on the loopback interface, with the namespace `default` and our search attributes. */
export interface DevServer {
  /** `127.0.0.1:PORT`, the same after a restart. */
  readonly address: string;
  readonly namespace: 'default';
  /** Base address of the web UI; null without one. */
  readonly uiUrl: string | null;
  readonly pid: () => number;
  /** Ends the server: SIGTERM, then SIGKILL. Resolves once it is gone; twice is fine. */
  readonly stop: () => Promise<void>;
  /** Ends the server by SIGKILL, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Starts it again, on the same ports and file, after `stop` or `kill`. */
  readonly restart: () => Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const ATTEMPTS_ON_A_FREE_PORT = 3;

/**
 * Starts `temporal server start-dev` and resolves when it answers and knows our search attributes.
 * It does not outlive this process, nor does it keep it alive.
 * @throws Error with the end of the server's log, when it does not come up within a minute
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const picksPort = !options.port;
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port || (await freePort());
    const uiPort = options.uiPort === 0 ? await freePort() : options.uiPort;
    try {
      return await startOn({ ...options, port, ...(uiPort !== undefined && { uiPort }) });
    } catch (error) {
      // Between our look and the server's bind, someone else may have taken the port.
      if (!picksPort || attempt === ATTEMPTS_ON_A_FREE_PORT) throw error;
    }
  }
}

async function startOn(options: DevServerOptions & { readonly port: number }): Promise<DevServer> {
  const address = `127.0.0.1:${options.port}`;
  const launch = async () => {
    const started = await startGuardedChild(options.path, serverArguments(options), {
      logFile: options.logFile,
      ...(options.env && { env: options.env }),
    });
    await untilReady(started, address, options.logFile);
    return started;
  };
  let child = await launch();
  return {
    address,
    namespace: 'default',
    uiUrl: options.uiPort === undefined ? null : `http://127.0.0.1:${options.uiPort}`,
    pid: () => child.pid,
    stop: () => child.stop(),
    kill: () => child.kill(),
    restart: async () => {
      await child.stop();
      child = await launch();
    },
  };
}

function serverArguments({ port, dbFilename, uiPort, dynamicConfig = {} }: DevServerOptions): string[] {
  return [
    'server',
    'start-dev',
    '--log-level=warn',
    '--ip=127.0.0.1',
    `--port=${port}`,
    dbFilename === undefined ? '' : `--db-filename=${dbFilename}`,
    uiPort === undefined ? '--headless' : `--ui-port=${uiPort}`,
    ...searchAttributeFlags().map((flag) => `--search-attribute=${flag}`),
    ...Object.entries(dynamicConfig).map(([key, value]) => `--dynamic-config-value=${key}=${JSON.stringify(value)}`),
  ].filter(Boolean);
}

/** Waits until the server answers; ends the child when it does not. */
async function untilReady(child: GuardedChild, address: string, logFile: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  // A gRPC channel that was refused once waits a second before it tries again: knock before opening one.
  const until = async (isTrue: () => Promise<boolean>) => {
    while (!(await isTrue())) {
      if (child.exit() !== null)
        throw new Error(`The Temporal server ended with ${child.exit()}. ${await tail(logFile)}`);
      if (Date.now() > deadline) throw new Error(`The Temporal server does not answer. ${await tail(logFile)}`);
      await delay(25);
    }
  };
  try {
    await until(() => isListening(address));
    await until(() => isReady(address));
  } catch (error) {
    await child.kill();
    throw error;
  }
}

async function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}

async function isReady(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, ...NO_PROXY });
  try {
    return await connection.withDeadline(Date.now() + 2000, () => areSearchAttributesVisible(connection, 'default'));
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function tail(logFile: string): Promise<string> {
  const file = await open(logFile);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - 2000);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2000), 0, 2000, start);
    return `Its log (${logFile}) ends with:\n${buffer.subarray(0, bytesRead).toString('utf8')}`;
  } finally {
    await file.close();
  }
}

/** Ports that neither need rights nor are given to outgoing connections: those of Linux begin at 32768, of others higher. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_767;
const ATTEMPTS = 50;

/**
 * A port of the loopback interface that was free a moment ago. Someone else may take it before you do, but no outgoing
 * connection will.
 * @throws Error when none of many was free
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${ATTEMPTS} ports between ${FIRST_PORT} and ${LAST_PORT} was free.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
