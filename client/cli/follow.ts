import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { Operation } from '../operation.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { createDisplay } from './display.js';
import { exitCodeOf, INTERRUPTED } from './exit-codes.js';
import type { OUTPUTS } from './output-option.js';
import { renderResult } from './render-result.js';

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
  else for (const line of renderResult(result)) io.out(line);
}

/** Says that the rebuild goes on without us. */
export function reportInterrupted(operation: Operation, output: Output, { io }: CliDeps): number {
  const vm = `${operation.instanceId} --region ${operation.regionId}`;
  io.err(`The rebuild goes on. Follow it: reimage watch ${vm}. End it: reimage cancel ${vm}.`);
  if (output === 'json') io.out(JSON.stringify({ outcome: 'started', ...operation }));
  return INTERRUPTED;
}
