import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Simulator } from '../../simulator/start-simulator.js';
import { type CodecKeys, readCodecKeys } from '../../temporal/encryption/codec-keys.js';
import { createDataConverter } from '../../temporal/encryption/payload-codec.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startTestWorker } from '../fixtures/worker.js';
import { startWorkerProcess } from '../process/worker-process.js';
import { ownScope } from './own-scope.js';

/** The one worker of a walk, which may be ended at any moment; another takes its place. */
export interface Workers {
  readonly client: Client;
  readonly taskQueue: string;
  /** Ends the worker and starts another. While that is under way, a further kill is none: it answers false. */
  readonly kill: () => Promise<boolean>;
  /** The same, and the other one encrypts with another key. False too where nothing is encrypted. */
  readonly changeKey: () => Promise<boolean>;
}

export type StartWorkers = (scope: Scope, cloud: Simulator) => Promise<Workers>;

/** Workers in this process: they are stopped with what they were doing, not killed. Nothing is encrypted. */
export const workersHere: StartWorkers = async (scope, cloud) => {
  const { client } = await testTemporal(scope);
  return {
    ...(await replaceable(scope, client, (each, taskQueue) => startTestWorker(each, { cloud, taskQueue }))),
    changeKey: async () => false,
  };
};

/** Workers as people run them, ended by `kill -9`. All that they write is encrypted, by two keys in turn. */
export const workerProcesses: StartWorkers = async (scope, cloud) => {
  const { settings, client } = await testTemporal(scope);
  const ring = new KeyRing();
  const keys = await ring.read();
  const reader = new Client({ connection: client.connection, dataConverter: createDataConverter(keys) });
  const workers = await replaceable(scope, reader, (each, taskQueue) => {
    const env = { REIMAGE_CALLS_PER_MINUTE: '0', ...ring.env };
    return startWorkerProcess(each, { cloud, address: settings.address, taskQueue, env });
  });
  return {
    ...workers,
    changeKey: async () => {
      ring.turn();
      return await workers.kill();
    },
  };
};

/** Two keys, of which the first encrypts and both decrypt. */
class KeyRing {
  readonly #secrets = { REIMAGE_SECRET_ONE: secret(), REIMAGE_SECRET_TWO: secret() };
  #entries = ['one=env:REIMAGE_SECRET_ONE', 'two=env:REIMAGE_SECRET_TWO'];

  get env(): NodeJS.ProcessEnv {
    return { ...this.#secrets, REIMAGE_CODEC_KEYS: this.#entries.join(',') };
  }

  turn(): void {
    this.#entries = this.#entries.toReversed();
  }

  async read(): Promise<CodecKeys | null> {
    const secrets: NodeJS.ProcessEnv = this.#secrets;
    return await readCodecKeys(this.env, async (ref) => secrets[ref.slice('env:'.length)] ?? '');
  }
}

function secret(): string {
  return randomBytes(32).toString('hex');
}

async function replaceable(
  scope: Scope,
  client: Client,
  start: (scope: Scope, taskQueue: string) => Promise<unknown>,
): Promise<Omit<Workers, 'changeKey'>> {
  const taskQueue = `chaos-${randomUUID()}`;
  const launch = async () => {
    const own = ownScope();
    await start(own, taskQueue);
    return own;
  };
  let replacing: Promise<unknown> | null = null;
  let worker = await launch();
  const replace = async () => {
    await worker.end();
    worker = await launch();
  };
  defer(scope, async () => {
    await replacing?.catch(() => undefined);
    await worker.end();
  });
  return {
    client,
    taskQueue,
    kill: async () => {
      if (replacing !== null) return false;
      replacing = replace();
      try {
        await replacing;
      } finally {
        replacing = null;
      }
      return true;
    },
  };
}
