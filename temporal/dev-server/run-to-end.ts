import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface RunToEndOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Hears each line of its stderr. */
  readonly onLine?: (line: string) => void;
  /** User and group that it runs as; needs root. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/**
 * Runs a command to its end and gives what it wrote to stdout.
 * @throws Error with the last line that it wrote to stderr; the signal's reason when that aborted
 */
export async function runToEnd(command: string, args: readonly string[], options: RunToEndOptions): Promise<string> {
  const { env, signal, onLine, as } = options;
  let output = '';
  let last = '';
  const child = spawn(command, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
    ...as,
    killSignal: 'SIGKILL',
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
      last = line.trim();
      onLine?.(last);
    }
  });
  return await new Promise<string>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason instanceof Error ? signal.reason : error);
      else reject(error.code === 'ENOENT' ? new Error(`${command} is not installed`) : error);
    });
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(last || `${command} ended with ${code}`)),
    );
  });
}
