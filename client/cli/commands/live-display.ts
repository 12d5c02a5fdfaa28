import type { RebuildResult } from '../../../contracts/rebuild-result.js';
import type { Operation } from '../../rebuilds/operation.js';
import type { CliClient, CliDeps, Io } from '../io/deps.js';
import { exitCodeOf, INTERRUPTED, OK } from '../io/exit-codes.js';
import type { OUTPUTS } from '../options/command-table.js';
import type { VmOptions } from '../options/vm.js';
import { showingLoss } from '../render/recovery.js';
import { renderResult } from '../render/operation.js';
import { renderChange, renderFrame } from '../render/progress.js';

type Output = (typeof OUTPUTS)[number];

/** Follows a rebuild to its end; null when the person ended the watching by Ctrl-C. */
export async function follow(client: CliClient, operation: Operation, { io }: CliDeps): Promise<RebuildResult | null> {
  const interrupt = new AbortController();
  const display = createDisplay(io);
  const unhear = io.onInterrupt(() => interrupt.abort());
  try {
    const result = await client.wait(operation, { signal: interrupt.signal, onProgress: display.show });
    display.clear();
    return result;
  } catch (error) {
    if (interrupt.signal.aborted) return null;
    throw error;
  } finally {
    display.end();
    unhear();
  }
}

/** Follows a rebuild, prints how it ended, and gives the exit code. */
export async function followAndReport(
  client: CliClient,
  operation: Operation,
  output: Output,
  deps: CliDeps,
): Promise<number> {
  const result = operation.result ?? (await follow(client, operation, deps));
  if (result === null) return reportInterrupted(operation, output, deps);
  reportResult(result, output, deps);
  return exitCodeOf(result);
}

/** Prints the end of a rebuild on stdout. */
export function reportResult(result: RebuildResult, output: Output, { io }: CliDeps): void {
  if (output === 'json') io.out(JSON.stringify(result));
  else for (const line of renderResult(result)) showingLoss(io, 'out')(line);
}

/** Says that the rebuild goes on without us. */
export function reportInterrupted(operation: Operation, output: Output, { io }: CliDeps): number {
  const vm = `${operation.instanceId} --region ${operation.regionId}`;
  io.err(`The rebuild goes on. Follow it: reimage watch ${vm}. End it: reimage cancel ${vm}.`);
  if (output === 'json') io.out(JSON.stringify({ outcome: 'started', ...operation }));
  return INTERRUPTED;
}

/** Shows a rebuild while it runs. */
export interface Display {
  readonly show: (operation: Operation) => void;
  /** Leaves what was shown last where it is. */
  readonly end: () => void;
  /** Takes away what was drawn last, since the result says more. */
  readonly clear: () => void;
}

/** Frames that draw over each other on a terminal, one plain line for each change elsewhere; both on stderr. */
export function createDisplay(io: Io): Display {
  return io.isLive ? liveDisplay(io) : lineDisplay(io);
}

function liveDisplay(io: Io): Display {
  return {
    show: (operation) => io.draw(renderFrame(operation, { now: io.now(), ...io.size(), colour: io.colour })),
    end: () => io.drawn(),
    clear: () => io.undraw(),
  };
}

function lineDisplay(io: Io): Display {
  let previous: Operation | null = null;
  return {
    show: (operation) => {
      const line = renderChange(previous, operation, io.now());
      previous = operation;
      if (line !== null) io.err(line);
    },
    end: () => undefined,
    clear: () => undefined,
  };
}

export interface StartedOptions extends Pick<VmOptions, 'output' | 'detach'> {
  /** What was done to it. @default 'started' */
  readonly outcome?: 'started' | 'decided';
}

/** Says what was started or decided and follows it to its end, unless the options say not to. Gives the exit code. */
export async function reportStarted(
  client: CliClient,
  operation: Operation,
  { output, detach, outcome = 'started' }: StartedOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  if (operation.webUrl !== undefined) io.err(`Temporal UI: ${operation.webUrl}`);
  if (detach !== true || operation.result !== null) return await followAndReport(client, operation, output, deps);
  const { operationId, instanceId, regionId } = operation;
  if (output === 'json') io.out(JSON.stringify({ outcome, ...operation }));
  else io.out(`${outcome}: ${operationId}. Follow it: reimage watch ${instanceId} --region ${regionId}`);
  return OK;
}
