import { type ChildProcess, spawn } from 'node:child_process';
import type { VmRef } from '../../contracts/ids.js';
import { codeOf, type ProbeResult, type ProbeLimits, probeWithin } from './probes.js';

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
