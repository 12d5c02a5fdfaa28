import { spawn } from 'node:child_process';
import { argumentsToRun } from '../../fixtures/command.js';

export interface CliProcess {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

/** Starts the CLI as a person would, with an environment of its own and nothing of the tester's but PATH and HOME. */
export function startCli(argv: readonly string[], env: NodeJS.ProcessEnv): CliProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [...argumentsToRun('client/cli/main.ts'), ...argv], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { stdout: () => stdout, stderr: () => stderr, signal: (name) => void child.kill(name), ended };
}
