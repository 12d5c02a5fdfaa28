import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** What a process has used. */
export const Usage = z.strictObject({ cpuSeconds: z.number(), rssMiB: z.number() });
export type Usage = z.output<typeof Usage>;

/** Messages from a contender's process: it is ready, or it has ended and used this. */
const Message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('done'), usage: Usage, peakRssMiB: z.number() }),
]);
export type Message = z.output<typeof Message>;

/** A contender in a process of its own, so that its CPU time and memory are its own. */
export interface Contender {
  readonly ready: Promise<void>;
  /** Asks it to end; resolves with what it used. */
  readonly finish: () => Promise<{ usage: Usage; peakRssMiB: number }>;
  readonly kill: () => void;
}

/** Starts `bench/NAME.ts` with its input. A contender that exits early rejects what is waited for. */
export function startContender(name: string, input: object): Contender {
  const script = fileURLToPath(new URL(`/${name}.ts`, import.meta.url));
  const child = fork(script, [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ready = messageOf(child, 'ready');
  const done = messageOf(child, 'done');
  done.catch(() => undefined);
  child.send(input);
  return {
    ready: ready.then(() => undefined),
    finish: async () => {
      child.send({ kind: 'finish' });
      const message = await done;
      if (message.kind !== 'done') throw new Error(`${name} said ${message.kind}`);
      return { usage: message.usage, peakRssMiB: message.peakRssMiB };
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function messageOf(child: ChildProcess, kind: Message['kind']): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.on('message', (raw) => {
      const message = Message.parse(raw);
      if (message.kind === kind) resolve(message);
    });
    child.once('exit', (code) => reject(new Error(`the contender ended with exit code ${code}`)));
  });
}

/** The contender's side: takes its input, runs, tells what it used, ends. */
export function contend<T>(
  schema: z.ZodType<T>,
  run: (input: T, ready: () => void, finish: Promise<void>) => Promise<void>,
) {
  let peakRssMiB = 0;
  const sampler = setInterval(() => (peakRssMiB = Math.max(peakRssMiB, rssMiB())), 250);
  let askedToFinish: () => void = () => undefined;
  const finish = new Promise<void>((resolve) => (askedToFinish = resolve));
  process.once('message', (input) => {
    process.on('message', () => askedToFinish());
    void run(schema.parse(input), () => tell({ kind: 'ready' }), finish).then(() => {
      clearInterval(sampler);
      const { user, system } = process.cpuUsage();
      tell({ kind: 'done', usage: { cpuSeconds: (user + system) / 1e6, rssMiB: rssMiB() }, peakRssMiB });
      process.disconnect();
    });
  });
}

function tell(message: Message): void {
  process.send?.(message);
}

function rssMiB(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
