import { parseArgs } from 'node:util';
import { processIo } from '../../client/cli/io/terminal.js';
import { runCli } from '../../client/cli/run-cli.js';
import { ReimageClient } from '../../client/reimage-client.js';
import { COMPRESS, type DemoTargets, FAULT_WORDS, startDemoCloud } from './cloud.js';
import { endBy, hearInterruption, Interrupted, untilAborted } from './interruption.js';
import { keepLines, NEXT_LINES } from './next.js';
import { countOf, renderCount, renderJournal } from './report.js';
import { type Stand, startStand } from './stand.js';
import { silencedBy } from './terminal.js';

const HELP = `Rebuilds a VM of a simulated JD Cloud through injected faults, on a Temporal server of its own.

  npm run demo               once; stops everything it started
  npm run demo -- --keep     leaves everything running until Ctrl-C`;

const io = processIo();
const say = (line: string) => io.err(`${io.colour('dim', 'demo:')} ${line}`);
const rule = (title: string) => io.out(`\n${io.colour('bold', title)}`);

/** Starts the world, rebuilds a VM, tells what happened, and stops the world again. Gives the exit code. */
async function demo(keep: boolean, signal: AbortSignal): Promise<number> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const defer = (stop: () => Promise<void>) => void stops.unshift(stop);
    const stand = await startStand({ startCloud: startDemoCloud, compress: COMPRESS, say, defer, signal });
    const exitCode = await rebuild(stand, signal);
    signal.throwIfAborted();
    await report(stand);
    if (keep) await untilInterrupted(stand, signal);
    else NEXT_LINES.forEach(io.out);
    return exitCode === 0 && countOf(stand.cloud.journal.entries(), 'rebuildInstance').performed === 1 ? 0 : 1;
  } finally {
    say('stopping what was started');
    for (const stop of stops) await stop();
  }
}

/** The CLI's own command, in this process. */
async function rebuild({ targets, env }: Stand<DemoTargets>, signal: AbortSignal): Promise<number> {
  const { vm, image, regionId } = targets;
  const argv = ['rebuild', vm, '--region', regionId, '--image', image, '--key', 'ops', '--yes'];
  say('what will go wrong:');
  FAULT_WORDS.forEach((words) => say(`  - ${words}`));
  io.err(`\n$ reimage ${argv.join(' ')}`);
  return await runCli(argv, {
    io: silencedBy(signal, io),
    env,
    connect: (options) => ReimageClient.connect({ env, ...options }),
  });
}

async function report({ cloud, targets, env }: Stand<DemoTargets>): Promise<void> {
  const entries = cloud.journal.entries();
  rule('What reached the cloud, according to its own journal:');
  renderJournal(entries, targets.vm).forEach(io.out);
  io.out(io.colour('bold', renderCount(entries, 'rebuildInstance')));
  await using client = await ReimageClient.connect({ env });
  const { webUrl } = await client.get({ regionId: targets.regionId, instanceId: targets.vm });
  rule('The whole history, in the Temporal UI, for as long as the demo runs:');
  io.out(`${webUrl}\n`);
}

async function untilInterrupted(stand: Stand<DemoTargets>, signal: AbortSignal): Promise<void> {
  keepLines(stand).forEach(io.out);
  say('Ctrl-C stops everything');
  await untilAborted(signal);
}

async function main(): Promise<void> {
  const signal = hearInterruption();
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) return io.out(HELP);
    process.exitCode = await demo(values.keep === true, signal);
  } catch (error) {
    if (!signal.aborted) io.err(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  if (signal.reason instanceof Interrupted) endBy(signal.reason.signal);
}

await main();
