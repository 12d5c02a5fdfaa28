import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Io } from '../../client/cli/io/deps.js';
import { runCli } from '../../client/cli/run-cli.js';
import { ReimageClient } from '../../client/reimage-client.js';
import { hearAbort, silencedBy } from './terminal.js';

/** Types commands of the CLI, as a person in a terminal does. */
export interface Shell {
  /** Runs one command, in this process. @throws Error where it exits otherwise than expected, 0 unless said */
  readonly type: (argv: readonly string[], options?: { io?: Partial<Io>; exits?: number }) => Promise<void>;
  /** Runs a command that follows something, and presses Ctrl-C once it has shown what is looked for. */
  readonly typeUntil: (argv: readonly string[], looksFor: RegExp) => Promise<void>;
}

/** How long a person looks at what has come up before Ctrl-C. */
const LOOK_MS = 1_500;
const ASK_EVERY_MS = 300;

export interface ShellOptions {
  readonly io: Io;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export function openShell({ io, env, signal }: ShellOptions): Shell {
  const quiet = silencedBy(signal, io);
  const run = async (argv: readonly string[], more: Partial<Io>): Promise<number> => {
    signal.throwIfAborted();
    io.err(`\n${io.colour('bold', `$ reimage ${argv.map(quoted).join(' ')}`)}`);
    const connect: Parameters<typeof runCli>[1]['connect'] = (options) => ReimageClient.connect({ env, ...options });
    const exitCode = await runCli(argv, { io: { ...quiet, ...more }, env, connect });
    signal.throwIfAborted();
    return exitCode;
  };
  const typeUntil = async (argv: readonly string[], looksFor: RegExp): Promise<void> => {
    const seen = new AbortController();
    const either = AbortSignal.any([seen.signal, signal]);
    let hasShown = false;
    const look = (text: string) => {
      hasShown ||= looksFor.test(stripVTControlCharacters(text));
    };
    const running = run(argv, {
      err: (line) => (look(line), quiet.err(line)),
      draw: (lines) => (look(lines.join('\n')), io.draw(lines)),
      onInterrupt: (listener) => hearAbort(either, listener),
    });
    const ended = running.then(
      () => true,
      () => true,
    );
    try {
      while (!hasShown && !(await Promise.race([ended, delay(ASK_EVERY_MS, false, { signal })])));
      await Promise.race([ended, delay(LOOK_MS, undefined, { signal })]);
    } finally {
      seen.abort();
    }
    await running;
  };
  const type: Shell['type'] = async (argv, { io: more = {}, exits = 0 } = {}) => {
    const exitCode = await run(argv, more);
    if (exitCode !== exits) throw new Error(`\`reimage ${argv.join(' ')}\` exited with ${exitCode}, not ${exits}`);
  };
  return { type, typeUntil };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
