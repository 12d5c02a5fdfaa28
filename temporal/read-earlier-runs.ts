import type { Client } from '@temporalio/client';
import type { LeftBehind } from '../contracts/earlier-run.js';
import { rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { listRuns } from './read-runs.js';
import { type ReadOptions, type RunHistory, readRunHistory } from './run-history.js';

/** Most runs of one VM that are looked at for operations of others: the newest. */
const MOST_RUNS = 20;

/** A reset ends the run under way and begins its own within one act of the server. */
const SAME_ACT_MS = 5_000;

/**
 * Reads what the runs have left whose place a reset run has taken, and which operation the reset has ended. All of it is
 * told by histories, the server's own state; only which other runs there are is told by the index, which lags by a moment.
 * @param runId - of the run that was reset
 * @throws what the client throws when the namespace cannot be asked, or a history cannot be read
 */
export async function readLeftBehind(
  client: Client,
  { runId, ...vm }: VmRef & { readonly runId: string },
  ask: Ask,
): Promise<LeftBehind> {
  const workflowId = rebuildWorkflowId(vm);
  const own = await readRunHistory(client, { workflowId, runId }, { ask });
  if (own === null) return { before: [], displaced: [], laterMarkers: [] };
  const chain = await readChain(client, { workflowId, ask }, own.baseRunIds);
  const rest = await readOthers(client, { workflowId, ask }, [runId, ...chain.map((run) => run.runId)]);
  const isSibling = (run: RunHistory) => run.firstRunId === own.firstRunId;
  const before = [...chain, ...rest.filter(isSibling)].toSorted((a, b) => begunMs(b) - begunMs(a));
  const since = before[0]?.startedAt ?? own.startedAt;
  const others = rest.filter((run) => !isSibling(run));
  return {
    before,
    displaced: [...displacedBy(own, [...chain, ...rest]).filter((run) => !isSibling(run)), ...lastOf(others, since)],
    laterMarkers: others.filter(({ startedAt }) => startedAt > since).map(({ marker }) => marker),
  };
}

/** Whoever had the VM last, and was terminated: nobody has come after it, until this run was reset. */
function lastOf(others: readonly RunHistory[], since: Date): RunHistory[] {
  const [last] = others.toSorted((a, b) => begunMs(b) - begunMs(a));
  return last !== undefined && last.isCutShort && last.startedAt > since ? [last] : [];
}

/** A reset leaves the time in a history at which the run before began. */
function begunMs({ resetAt, startedAt }: RunHistory): number {
  return (resetAt ?? startedAt).getTime();
}

/**
 * The runs that a reset has ended, the newest first: one that was reset itself may have ended others before it, and those
 * whose place it had taken. A batch of resets leaves such chains.
 */
function displacedBy(own: RunHistory, others: readonly RunHistory[]): RunHistory[] {
  const found = [own];
  for (let at = 0; at < found.length; at += 1) {
    const by = found[at];
    if (by === undefined) break;
    const ended = others.filter((run) => isDisplacedBy(by, run) || isCutBase(by, run));
    found.push(...ended.filter((run) => !found.includes(run)).toSorted((a, b) => endedMs(b) - endedMs(a)));
  }
  return found.slice(1);
}

/** A run that was ended by the reset which begins it anew. One that had ended by itself has seen to whom it had displaced. */
function isCutBase({ baseRunIds }: RunHistory, { runId, isCutShort }: RunHistory): boolean {
  return isCutShort && baseRunIds.includes(runId);
}

function endedMs({ endedAt }: RunHistory): number {
  return endedAt?.getTime() ?? 0;
}

/** Newest first. What the namespace has forgotten is left out. */
async function readChain(
  client: Client,
  { workflowId, ask }: Asking,
  runIds: readonly string[],
): Promise<RunHistory[]> {
  const chain: RunHistory[] = [];
  const known = [...runIds];
  for (let at = 0; at < known.length; at += 1) {
    const run = await readRunHistory(client, { workflowId, runId: known[at] ?? '' }, { ask });
    if (run === null) continue;
    chain.push(run);
    known.push(...run.baseRunIds.filter((id) => !known.includes(id)));
  }
  return chain;
}

/** Of others it is enough how they ended, and by which marker: both stand in clear, save a request id. */
async function readOthers(
  client: Client,
  { workflowId, ask }: Asking,
  known: readonly string[],
): Promise<RunHistory[]> {
  const runIds = (await ask(() => newestRuns(client, workflowId))).filter((runId) => !known.includes(runId));
  const options = { ask, isLenient: true };
  const runs = await Promise.all(runIds.map((runId) => readRunHistory(client, { workflowId, runId }, options)));
  return runs.filter((run) => run !== null);
}

async function newestRuns(client: Client, workflowId: string): Promise<string[]> {
  const runIds: string[] = [];
  for await (const { runId } of listRuns(client, { query: `WorkflowId = '${workflowId}'`, pageSize: MOST_RUNS })) {
    runIds.push(runId);
    if (runIds.length >= MOST_RUNS) break;
  }
  return runIds;
}

type Ask = ReadOptions['ask'];

interface Asking {
  readonly workflowId: string;
  readonly ask: Ask;
}

function isDisplacedBy({ resetAt }: RunHistory, { isCutShort, endedAt }: RunHistory): boolean {
  if (resetAt === null || endedAt === null || !isCutShort) return false;
  return Math.abs(endedAt.getTime() - resetAt.getTime()) <= SAME_ACT_MS;
}
