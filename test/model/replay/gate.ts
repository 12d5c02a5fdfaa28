import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import * as z from 'zod';
import { defer, type Scope } from '../../fixtures/defer.js';
import type { AttemptName } from './story-step.js';

/** What a worker has asked, and the cloud has not been told yet. */
interface Held {
  /** Whether whoever asked waits still. */
  readonly isAwaited: () => boolean;
  /** Hands it on. @returns the HTTP status that the cloud answers; the asker is told by `answer` */
  readonly perform: () => Promise<number>;
  /** Hands the cloud's answer to whoever asked. */
  readonly answer: () => void;
  /** Breaks the connection off: no answer comes. */
  readonly drop: () => void;
}

/** A call that changes something. */
export interface HeldCall extends Held {
  readonly kind: AttemptName['kind'];
}

/** What one read has shown. */
export interface Shown {
  readonly status: string;
  /** Whether it was a read of its own, and no look of the poll. */
  readonly isOwn: boolean;
}

/** All that one worker has to do with the cloud passes here. Reads pass at once, save those of images. */
export interface Gate {
  readonly endpoint: string;
  /** In the order in which they came, and those that nobody has taken. */
  readonly calls: HeldCall[];
  readonly imageReads: Held[];
  /** A connection that is open, and on which nothing was said: a call whose word is asked for. */
  readonly hasSilentConnection: () => boolean;
}

/** Lets reads pass, and their answers back. */
export async function letBy(reads: readonly Held[]): Promise<void> {
  for (const read of reads) {
    await read.perform();
    read.answer();
  }
}

/** A read says what it wants as soon as it is connected. */
const SILENT_MS = 300;

const CALLS = /:(rebuild|stop|start)Instance/;

/**
 * Opens a gate before a cloud. What a worker sends stays here when its sender has gone, as in a load balancer.
 * @param onShown - told of each read of the VM that was answered
 */
export async function openGate(scope: Scope, cloud: string, onShown: (shown: Shown) => void): Promise<Gate> {
  const calls: HeldCall[] = [];
  const imageReads: Held[] = [];
  const sockets = new Map<Socket, number>();
  const server = createServer((asked, answer) => {
    const path = decodeURIComponent((asked.url ?? '').split('?')[0] ?? '');
    const kind = asked.method === 'POST' ? (CALLS.exec(path)?.[1] as AttemptName['kind'] | undefined) : undefined;
    const held = hold(cloud, asked, answer, (body) => showStatus(path, body, onShown));
    if (kind !== undefined) calls.push({ kind, ...held });
    else if (path.endsWith('/images')) imageReads.push(held);
    else void held.perform().then(held.answer, held.drop);
  });
  // A connection waits for a worker that sleeps.
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.on('connection', (socket) => {
    sockets.set(socket, Date.now());
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(scope, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    imageReads,
    hasSilentConnection: () =>
      [...sockets].some(([{ bytesRead }, since]) => bytesRead === 0 && Date.now() - since > SILENT_MS),
  };
}

function hold(cloud: string, asked: IncomingMessage, answer: ServerResponse, onBody: (body: string) => void): Held {
  const body = readAll(asked);
  let isGone = false;
  answer.once('close', () => (isGone = true));
  let told: { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer } | null =
    null;
  return {
    isAwaited: () => !isGone,
    perform: async () => {
      told = await ask(cloud, asked, await body);
      onBody(told.body.toString());
      return told.status;
    },
    answer: () => {
      if (told !== null && !isGone) answer.writeHead(told.status, told.headers).end(told.body);
    },
    drop: () => void asked.socket.destroy(),
  };
}

async function ask(cloud: string, { method, url = '/', headers }: IncomingMessage, body: Buffer) {
  return await new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
    const passed = request(`${cloud}${url}`, { method, headers, agent: false }, (answered) => {
      const status = answered.statusCode ?? 502;
      readAll(answered).then((all) => resolve({ status, headers: answered.headers, body: all }), reject);
    });
    passed.once('error', reject);
    passed.end(body);
  });
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const Vm = z.looseObject({ status: z.string() });
const Answered = z.looseObject({
  result: z.looseObject({ instance: Vm.optional(), instances: z.array(Vm).optional() }).optional(),
});

/** There is one VM: what a list leaves out is gone. */
function showStatus(path: string, body: string, onShown: (shown: Shown) => void): void {
  if (!/\/instances(:describeBriefInstances|\/[^/:]+)?$/.test(path)) return;
  const { result } = Answered.parse(JSON.parse(body));
  const shown = result?.instance ?? result?.instances?.[0];
  onShown({ status: shown?.status ?? 'deleted', isOwn: !path.endsWith(':describeBriefInstances') });
}
