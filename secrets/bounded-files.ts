import { type BigIntStats, type Stats, statSync } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { FileError, fileProblem } from '../contracts/utf8-text.js';

export interface ReadLimits extends WorkLimits {
  /** A larger file is refused. @default 64 KiB */
  readonly largestBytes?: number;
  /** Refuses a file by what is known of it before it is read, by throwing. */
  readonly refuse?: (facts: Stats) => void;
}

const LARGEST_BYTES = 64 * 1024;
/** Well under the 20 s that the checks before a rebuild call hold. */
const TIMEOUT_MS = 5_000;

// Without O_NONBLOCK the open of a FIFO waits for a writer, for ever. Windows has neither flag, nor FIFOs in its paths.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * Reads a file that a person has named: a regular file, of a size and within a time. Anything else is refused, without
 * waiting for it: a FIFO, a device, a socket, a directory, a mount that does not answer.
 * @throws FileError · what `refuse` throws
 */
export async function readBounded(path: string, limits: ReadLimits = {}): Promise<Buffer> {
  return await boundedFileWork(async (signal) => {
    const file = await open(path, READ_FLAGS).catch((error: unknown) => {
      throw notOpened(error);
    });
    try {
      return await readOpen(file, limits, signal);
    } finally {
      await file.close();
    }
  }, limits);
}

/** What the system knows of a file that a person has named, without opening it. @throws FileError */
async function statBounded(path: string, limits: WorkLimits): Promise<BigIntStats> {
  return await boundedFileWork(
    () =>
      stat(path, { bigint: true }).catch((error: unknown) => {
        throw notOpened(error);
      }),
    limits,
  );
}

/**
 * Refuses a path that others will open, when what is there is no regular file; one where nothing is, is left to them.
 * Waits for a mount that does not answer: for settings that are read before anything else is done.
 * @throws FileError
 */
export function refuseIrregular(path: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts !== undefined && !facts.isFile()) throw new FileError(`is ${kindOf(facts)}`);
}

/** A socket is what cannot be opened at all. */
function notOpened(error: unknown): FileError {
  const code = codeOf(error);
  const message = code === 'ENXIO' || code === 'EOPNOTSUPP' ? `is ${KIND.socket}` : fileProblem(error);
  return new FileError(message, code);
}

async function readOpen(file: FileHandle, limits: ReadLimits, signal: AbortSignal): Promise<Buffer> {
  const { largestBytes = LARGEST_BYTES, refuse = () => undefined } = limits;
  const facts = await file.stat();
  if (!facts.isFile()) throw new FileError(`is ${kindOf(facts)}`);
  refuse(facts);
  const tooLarge = () => new FileError(`is over ${largestBytes / 1024} KiB`);
  if (facts.size > largestBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  // Some files tell no size, and others grow.
  for (let size = 0; ;) {
    signal.throwIfAborted();
    // One chunk after the other: where it ends is not known before.
    // oxlint-disable-next-line no-await-in-loop
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, null);
    size += bytesRead;
    if (size > largestBytes) throw tooLarge();
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const CHUNK_BYTES = 64 * 1024;

const KIND = {
  fifo: 'a FIFO, not a file',
  directory: 'a directory, not a file',
  socket: 'a socket, not a file',
  device: 'a device, not a file',
} as const;

function kindOf(facts: Stats): string {
  if (facts.isFIFO()) return KIND.fifo;
  if (facts.isDirectory()) return KIND.directory;
  return facts.isSocket() ? KIND.socket : KIND.device;
}

/** Places for file work of one kind. Work that is late keeps its place until the system lets it go. */
class Places {
  #free: number;
  /** Who waits for a place, longest first: to be called when it is there. */
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a place. @throws FileError when the signal aborts before */
  async take(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => {
        if (this.#waiting.delete(resolve)) reject(new FileError('has to wait for other files, which do not answer'));
      });
    });
  }

  /** Hands the place on to who waits longest. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/**
 * Node does files, DNS and more by four threads, and one that waits for a mount that does not answer is lost until it
 * does. Paths that requests name may cost two of them, whatever they are; those of the settings have one of their own.
 */
const NAMED = new Places(2);
const SETTINGS = new Places(1);

export interface WorkLimits {
  /** Milliseconds, the wait for its turn too. @default 5000 */
  readonly timeoutMs?: number | undefined;
  readonly places?: Places;
}

/**
 * Does something with files, when its turn has come and within a time.
 * @param work - has to look at its signal between two steps: late work must change nothing any more
 * @throws FileError when it is late · what `work` throws
 */
export async function boundedFileWork<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs = TIMEOUT_MS, places = NAMED }: WorkLimits = {},
): Promise<T> {
  const late = new AbortController();
  const seconds = timeoutMs / 1000;
  const timer = setTimeout(() => late.abort(new FileError(`does not answer within ${seconds} s`)), timeoutMs);
  try {
    await places.take(late.signal);
    const working = work(late.signal).finally(() => places.leave());
    return await Promise.race([working, aborted(late.signal)]);
  } finally {
    clearTimeout(timer);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** How files of the settings are read, such as the profile of `jdc`: no path of a request keeps them back. */
export const BOUNDED_FILES = {
  read: (path: string): Promise<Buffer> => readBounded(path, { places: SETTINGS }),
  stat: (path: string): Promise<BigIntStats> => statBounded(path, { places: SETTINGS }),
} as const;

/** A secret that could not be had or handed over. The message never holds the secret or the target of the reference. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** What the system says against a file or a command: a code such as `ENOENT`, never a path. */
export function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : 'unknown reason';
}
