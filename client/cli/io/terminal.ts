import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { styleText } from 'node:util';
import type { createLogUpdate as CreateLogUpdate } from 'log-update';
import { readBounded } from '../../../secrets/bounded-files.js';
import { failureOf, ReimageInvalidInputError, toReimageError } from '../../connection/errors.js';
import type { CliDeps, Env, Io } from './deps.js';
import { rowsOf } from './text.js';

const PLAIN_SIZE = { width: 80, rows: 24 };

/** The terminal of this process. */
export function processIo({ stdin, stdout, stderr }: NodeJS.Process = process): Io {
  const isLive = stderr.isTTY === true && process.env['TERM'] !== 'dumb';
  const { draw, drawn, undraw } = drawer(stderr);
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    isLive,
    size: () =>
      isLive ? { width: stderr.columns || PLAIN_SIZE.width, rows: stderr.rows || PLAIN_SIZE.rows } : PLAIN_SIZE,
    colour: (style, text) => styleText(style, text, { stream: stderr }),
    colourOut: (style, text) => styleText(style, text, { stream: stdout }),
    now: () => new Date(),
    ask: (question) => ask(question, stdin, stderr),
    draw,
    drawn,
    undraw,
    onInterrupt,
    readFile: (path) => (path === '-' ? buffer(stdin) : readFile(path)),
    readKeyFile: (path) => readBounded(path),
    writeNewFile: (path, text) => writeFile(path, text, { flag: 'wx' }),
  };
}

/**
 * Hears of one Ctrl-C: the second finds no listener, and ends the process. While the first one is told the listener stays,
 * also where it is to be taken off: what log-update brings along ends the process on a signal that nobody else hears of.
 */
function onInterrupt(listener: () => void): () => void {
  let isHeard = false;
  const hear = () => {
    if (isHeard) return;
    isHeard = true;
    setImmediate(() => process.off('SIGINT', hear));
    listener();
  };
  process.on('SIGINT', hear);
  return () => {
    if (!isHeard) process.off('SIGINT', hear);
  };
}

/** A reader such as `head` that has seen enough is no error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/**
 * log-update is loaded with the first frame only: it writes escape codes into pipes, and costs start-up time.
 * It does not know that a terminal wraps the lines that are there when it gets narrower, and its patch of a frame that has
 * grown or shrunk in the middle leaves old lines behind (7.2.0): such a frame is taken away and drawn anew.
 */
function drawer(stream: NodeJS.WriteStream): Pick<Io, 'draw' | 'drawn' | 'undraw'> {
  let update: ReturnType<typeof CreateLogUpdate> | null = null;
  let latest: readonly string[] | null = null;
  let shown: { readonly lines: readonly string[]; readonly width: number } | null = null;
  let isOver = false;
  const takeAway = () => {
    if (shown === null || update === null) return;
    const width = widthOf(stream);
    moveCursor(stream, 0, -shown.lines.reduce((sum, line) => sum + rowsOf(line, width), 0));
    cursorTo(stream, 0);
    clearScreenDown(stream);
    update.done();
    shown = null;
  };
  const show = () => {
    if (latest === null || update === null) return;
    const width = widthOf(stream);
    if (shown !== null && (shown.lines.length !== latest.length || shown.width !== width)) takeAway();
    update(latest.join('\n'));
    shown = { lines: latest, width };
  };
  const load = async () => {
    const { createLogUpdate } = await import('log-update');
    update = createLogUpdate(stream);
    show();
  };
  const drawn = () => {
    isOver = true;
    latest = null;
    shown = null;
    update?.done();
  };
  return {
    draw: (lines) => {
      // A look that came late would draw over the result.
      if (isOver) return;
      const isFirst = latest === null;
      latest = lines;
      if (isFirst) void load();
      else show();
    },
    drawn,
    undraw: () => {
      takeAway();
      drawn();
    },
  };
}

function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns || PLAIN_SIZE.width;
}

async function ask(question: string, input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string | null> {
  const reader = createInterface({ input, output });
  const ended = new Promise<null>((resolve) => {
    reader.once('close', () => resolve(null));
    reader.once('SIGINT', () => {
      // What is said next must not stand behind the question.
      output.write('\n');
      resolve(null);
    });
  });
  try {
    return await Promise.race([reader.question(question), ended]);
  } finally {
    reader.close();
  }
}

/**
 * The environment, with the name of the account as `USER` where nothing tells who asks, as under cron or `kubectl exec`: the
 * commands that we print must work there too. An account without a name is called by its number.
 */
export function withAccount(env: Env, account: () => string = accountName): Env {
  return env['USER'] || env['LOGNAME'] ? env : { ...env, USER: account() };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Waits for Ctrl-C, once: a second one ends the process as usual. */
export async function untilInterrupted({ onInterrupt }: Pick<Io, 'onInterrupt'>): Promise<void> {
  await new Promise<void>((resolve) => {
    const unhear = onInterrupt(() => {
      unhear();
      resolve();
    });
  });
}

/** Refuses, before anybody is asked, what nobody could confirm. @param orElse - what may be done instead of `--yes` */
export function requireConfirmer({ io }: CliDeps, orElse = ''): void {
  if (io.canAsk) return;
  throw new ReimageInvalidInputError(`Not a terminal, so that nobody can confirm: pass --yes${orElse}.`, 'yes');
}

/**
 * Has the person type the VM id, or the name of what else it is about.
 * @param whatFor - ends the sentence `Type ID to ...`
 * @param what - the id is of
 * @throws ReimageError NotConfirmed
 */
export async function confirm(id: string, whatFor: string, { io }: CliDeps, what = 'the VM id'): Promise<void> {
  const typed = await io.ask(`Type ${id} to ${whatFor}: `);
  if (typed?.trim() === id) return;
  const how = typed === null ? 'Nothing was typed' : `What was typed is not ${what}`;
  throw toReimageError(failureOf('NotConfirmed', `${how}. Nothing was touched.`));
}

/** Ctrl-C, before anything was begun. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('Ended by Ctrl-C. Nothing was started, and nothing was touched.');
  }
}

/**
 * Does what comes before anything is begun, such as planning, so that Ctrl-C ends it and that is said.
 * @param work - ends with its signal
 * @throws InterruptedError · what the work throws
 */
export async function beforeBegun<T>(
  { onInterrupt }: Pick<Io, 'onInterrupt'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const unhear = onInterrupt(() => interrupt.abort(new InterruptedError()));
  try {
    return await work(interrupt.signal);
  } catch (error) {
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    unhear();
  }
}
