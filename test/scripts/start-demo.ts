import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testTemporalCli } from '../fixtures/temporal-env.js';

const cli = await testTemporalCli();

/** A demo, started by a person whose own settings point elsewhere. @param script - its file in scripts/ */
export function startDemo(t: TestContext, script: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    env: {
      ...process.env,
      TEMPORAL_CLI_PATH: cli,
      TEMPORAL_API_KEY: 'not-for-a-demo',
      JDCLOUD_ENDPOINT: 'http://127.0.0.1:1',
      JDCLOUD_SESSION_TOKEN: 'not-for-a-demo',
      REIMAGE_TASK_QUEUE: 'elsewhere',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.err += text));
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  return { written, ended, interrupt: () => void child.kill('SIGINT') };
}

/** The processes that a demo says it has started. */
export function pidsIn(text: string): number[] {
  return [...text.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));
}
