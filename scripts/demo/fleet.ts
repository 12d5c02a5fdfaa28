import { parseArgs } from 'node:util';
import { processIo } from '../../client/cli/io/terminal.js';
import { type FleetCloudOptions, type FleetTargets, startFleetCloud } from './fleet-cloud.js';
import { figuresOf } from './fleet-figures.js';
import { judge } from './fleet-report.js';
import { playStory, type Told } from './fleet-story.js';
import { endBy, hearInterruption, Interrupted, untilAborted } from './interruption.js';
import { fleetKeepLines } from './next.js';
import { openShell } from './shell.js';
import { type Stand, startStand } from './stand.js';

const HELP = `Reimages a fleet of simulated VMs in three zones, on a Temporal server of its own, in about two minutes.

  npm run demo:fleet                   60 VMs on a cloud that is 10 times faster than the real one
  npm run demo:fleet -- --vms 9        so many, 9 to 200
  npm run demo:fleet -- --compress 40  so many times faster, 1 to 50
  npm run demo:fleet -- --keep         starts all of it, plays nothing, and keeps it running for docs/runbooks/`;

/** Where the web servers serve when a person is to write of them. */
const KEPT_WEB_PORT = 8642;

/** A worker's usual pace is for JD Cloud's own; this cloud is faster. */
const settingsFor = (compress: number) => ({
  REIMAGE_CALLS_PER_MINUTE: String(600 * compress),
  REIMAGE_POLL_INTERVAL_MS: String(5000 / compress),
});

const io = processIo();
const say = (line: string) => io.err(`${io.colour('dim', 'demo:')} ${line}`);

/** Starts the world, plays the story, holds it against the cloud's journal, and stops the world. Gives the exit code. */
async function demo(options: FleetCloudOptions, keep: boolean, signal: AbortSignal): Promise<number> {
  const { compress } = options;
  const stops: (() => Promise<void>)[] = [];
  const defer = (stop: () => Promise<void>) => void stops.unshift(stop);
  const startCloud = async () => {
    const started = await startFleetCloud(options);
    defer(started.targets.close);
    return started;
  };
  try {
    const stand = await startStand({ startCloud, compress, settings: settingsFor(compress), say, defer, signal });
    if (keep) return await keepRunning(stand, signal);
    const shell = openShell({ io, env: { ...stand.env, USER: 'alice' }, signal });
    const told = await playStory({ stand, shell, io, say });
    return tell(stand, told) ? 0 : 1;
  } finally {
    say('stopping what was started');
    for (const stop of stops) await stop();
  }
}

async function keepRunning({ settings }: Stand<FleetTargets>, signal: AbortSignal): Promise<number> {
  fleetKeepLines({ settings, webUrl: `http://127.0.0.1:${KEPT_WEB_PORT}` }).forEach(io.out);
  say('Ctrl-C stops everything');
  await untilAborted(signal);
  return 0;
}

function tell({ cloud, targets }: Stand<FleetTargets>, told: Told): boolean {
  const figures = figuresOf(cloud.journal.entries(), told.plan);
  const running = targets.instanceIds.map((id) => cloud.vm(id)).filter(({ status }) => status === 'running');
  const imageOf = new Map(running.map(({ instanceId, imageId }) => [instanceId, imageId]));
  const { lines, isKept } = judge({ ...told, figures, imageOf, image: targets.image });
  io.out(`\n${io.colour('bold', 'What reached the cloud, according to its own journal:')}`);
  lines.forEach(io.out);
  return isKept;
}

function within(name: string, text: string, [least, most]: readonly [number, number]): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`${name} must be a whole number from ${least} to ${most}`);
}

const FLAGS = { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

async function main(): Promise<void> {
  const signal = hearInterruption();
  try {
    const number = (byDefault: string) => ({ type: 'string', default: byDefault }) as const;
    const options = { vms: number('60'), compress: number('10'), ...FLAGS } as const;
    const { values } = parseArgs({ options });
    if (values.help === true) return io.out(HELP);
    const keep = values.keep === true;
    const size = within('--vms', values.vms, [9, 200]);
    const compress = within('--compress', values.compress, [1, 50]);
    process.exitCode = await demo({ size, compress, ...(keep && { webPort: KEPT_WEB_PORT }) }, keep, signal);
  } catch (error) {
    if (!signal.aborted) io.err(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  if (signal.reason instanceof Interrupted) endBy(signal.reason.signal);
}

await main();
