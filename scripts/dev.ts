import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ownEnvironment, startWorkerChild } from '../client/rehearsal/environment.js';
import { freePort } from '../temporal/dev-server/dev-server.js';
import { startGuardedChild } from '../temporal/dev-server/guarded-child.js';
import { demoSettings } from './demo/env.js';
import { endBy, hearInterruption, Interrupted, untilAborted } from './demo/interruption.js';
import { startServer } from './demo/stand.js';
import { reloading, untilAnswers } from './dev/reloading.js';

const HELP = `Starts a Temporal server, the simulator and a worker from the sources of this folder, for who changes them.
Simulator and worker start anew with each change; the server keeps its runs, so that they go on with the new code.

  npm run dev                until Ctrl-C
  npm run dev -- --compress 50    how many times faster than JD Cloud the simulator is (default: 10)`;

const REGION = 'cn-north-1';
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string): void => console.error(`dev: ${line}`);

/** Starts all three and waits for the interruption. What was started is stopped in reverse order. */
async function develop(compress: string, signal: AbortSignal): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  const defer = (stop: () => Promise<void>) => void stops.unshift(stop);
  try {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-dev-'));
    defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
    const settings = await startServerAndCloud({ directory, compress, defer, signal });
    say('starting the worker; it bundles the workflows first, about 10 seconds');
    const { metricsUrl } = await startWorkerChild({
      args: reloading(['worker.ts']),
      cwd: ROOT,
      env: ownEnvironment(process.env, settings),
      logFile: join(directory, 'worker.log'),
      onStarted: defer,
      signal,
    });
    say('worker: ready');
    for (const line of linesToTry(settings, directory, metricsUrl)) console.log(line);
    say('Ctrl-C stops everything');
    await untilAborted(signal);
  } finally {
    say('stopping what was started');
    for (const stop of stops) await stop();
  }
}

interface Parts {
  readonly directory: string;
  readonly compress: string;
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

async function startServerAndCloud({ directory, compress, defer, signal }: Parts): Promise<Record<string, string>> {
  const server = await startServer({ directory, say, defer, signal });
  const port = await freePort();
  const credentials = {
    accessKey: randomBytes(8).toString('hex').toUpperCase(),
    secretKey: randomBytes(16).toString('hex'),
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const settings = demoSettings({ directory, server, cloud: { endpoint, credentials }, regionId: REGION });
  const args = ['client/cli/main.ts', 'simulator', '--port', String(port), '--compress', compress];
  const simulator = await startGuardedChild(process.execPath, reloading(args), {
    cwd: ROOT,
    env: ownEnvironment(process.env, settings),
    logFile: join(directory, 'simulator.log'),
  });
  defer(() => simulator.stop());
  await untilAnswers(`${endpoint}/_control/state`, 'the simulator', signal);
  say(`simulator of JD Cloud: ${endpoint}, ${compress} times faster than the real one`);
  return settings;
}

function linesToTry(settings: Readonly<Record<string, string>>, directory: string, metricsUrl: string): string[] {
  return [
    '',
    'Paste into another terminal, in this folder:',
    '',
    ...Object.entries(settings).map(([name, value]) => `  export ${name}='${value}'`),
    "  alias reimage='npx tsx client/cli/main.ts'",
    '',
    'Then try, and change something in workflows/, activities/ or simulator/ meanwhile:',
    '',
    '  curl -s $JDCLOUD_ENDPOINT/_control/state      # the VMs and images that there are',
    '  reimage rebuild VM --key ops --yes            # VM: an id of them',
    '  reimage list',
    '  reimage doctor',
    '',
    `Logs: tail -f ${join(directory, '*.log')}`,
    `Metrics: ${metricsUrl}`,
    '',
  ];
}

async function main(): Promise<void> {
  const signal = hearInterruption();
  try {
    const { values } = parseArgs({
      options: { compress: { type: 'string', default: '10' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return console.log(HELP);
    await develop(values.compress, signal);
  } catch (error) {
    if (!signal.aborted) console.error(`dev: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  if (signal.reason instanceof Interrupted) endBy(signal.reason.signal);
}

await main();
