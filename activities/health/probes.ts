import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import * as z from 'zod';
import type { VmRef } from '../../contracts/ids.js';
import { startDeadline } from '../../jdcloud/timeout.js';

/** What one look found. */
export interface ProbeResult {
  readonly isGood: boolean;
  /** One line in our own words: nothing that the other side wrote, save numbers. */
  readonly message: string;
  /** Milliseconds until the answer; absent where they say nothing. */
  readonly tookMs?: number;
}

/** Looks once, whatever it finds. Rejects with the signal's reason alone. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

export interface ProbeLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * One look within its time: an error of `work` is a bad look, told by its code, and so is a look that takes too long.
 * @param unfinished - what there was not, within the time
 * @throws the reason of the signal, when that aborted
 */
export async function probeWithin(
  { timeoutMs, signal }: ProbeLimits,
  work: (signal: AbortSignal) => Promise<ProbeResult>,
  unfinished: () => string = () => 'no answer',
): Promise<ProbeResult> {
  signal.throwIfAborted();
  const deadline = startDeadline(timeoutMs, signal);
  try {
    return await work(deadline.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.isOver()) return { isGood: false, message: `${unfinished()} within ${timeoutMs / 1000} s` };
    return { isGood: false, message: faultText(error) };
  } finally {
    deadline.clear();
  }
}

/** Whole milliseconds since a moment of `performance.now()`. */
export function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/** What Node's network errors, or axios around them, are known by. Their messages may repeat what the other side sent. */
const Coded = z.looseObject({ code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/) });

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection closed'],
  ['EPIPE', 'connection closed'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['ETIMEDOUT', 'no answer'],
  ['ENOTFOUND', 'host name not found'],
  ['EAI_AGAIN', 'host name not found: no answer of the name server'],
]);

/** Families of codes: of Node's HTTP parser, of certificates as OpenSSL judges them, of TLS itself. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^HPE_/, 'no proper HTTP answer'],
  [/^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA)/, 'certificate refused'],
  [/^(EPROTO$|ERR_SSL|ERR_TLS)/, 'TLS failed'],
];

/** The code of an error; null where it has none that is plain. */
export function codeOf(error: unknown): string | null {
  return Coded.safeParse(error).data?.code ?? null;
}

/** Why a look failed, in one line without anything that the other side wrote. */
export function faultText(error: unknown): string {
  const code = codeOf(error);
  if (code === null) return 'failed for a reason without a code';
  const family = FAMILIES.find(([pattern]) => pattern.test(code))?.[1] ?? 'failed';
  return TEXTS.get(code) ?? `${family} (${code})`;
}

export interface TcpTarget {
  /** Name or address; an IPv6 address may stand in brackets. */
  readonly host: string;
  readonly port: number;
}

/** Good when a TCP connection is accepted. It is closed at once, nothing is sent. */
export function tcpProbe({ host, port }: TcpTarget, limits: ProbeLimits): Promise<ProbeResult> {
  const startedAt = performance.now();
  return probeWithin(
    limits,
    (signal) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port, signal });
        // Stays on: an error after the connection must not end the worker.
        socket.on('error', reject);
        socket.once('connect', () => {
          resolve({ isGood: true, message: 'connected', tookMs: msSince(startedAt) });
          socket.destroy();
        });
      }),
  );
}

export interface ExecTarget {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a program gets of the worker's environment: nothing that may be secret. */
const KEPT = ['PATH', 'HOME', 'LANG'] as const;

/** The environment of a program: three variables of the worker, and which VM it is about. */
export function programEnv(worker: NodeJS.ProcessEnv, { regionId, instanceId }: VmRef): Record<string, string> {
  const kept = KEPT.flatMap((name) => {
    const value = worker[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), REIMAGE_INSTANCE: instanceId, REIMAGE_REGION: regionId };
}

/**
 * Good when the program exits with 0. There is no shell, no input, and what it writes goes nowhere. Whatever it has
 * started and left in its process group is killed with it, at its end or at the timeout.
 */
export function execProbe(target: ExecTarget, limits: ProbeLimits): Promise<ProbeResult> {
  return probeWithin(
    limits,
    async (signal) => {
      try {
        const { code, endedBy } = await run(target, signal);
        return { isGood: code === 0, message: code === null ? `ended by ${endedBy}` : `exit code ${code}` };
      } catch (error) {
        signal.throwIfAborted();
        return { isGood: false, message: `cannot be run (${codeOf(error) ?? 'for a reason without a code'})` };
      }
    },
    () => 'no end',
  );
}

interface Ending {
  readonly code: number | null;
  readonly endedBy: NodeJS.Signals | null;
}

function run({ command: [program = '', ...args], env }: ExecTarget, signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that all of it can be killed.
    const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
    signal.addEventListener('abort', () => {
      killGroup(child);
      reject(signal.reason);
    });
    child.once('error', reject);
    child.once('exit', (code, endedBy) => {
      killGroup(child);
      resolve({ code, endedBy });
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
