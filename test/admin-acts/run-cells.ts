import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { Evidence } from './evidence.js';
import { judge, type Verdict } from './judge.js';
import { MOMENTS } from './phases.js';
import { type ActCell, playCell } from './play-cell.js';
import { refusedReplays } from './replay.js';
import type { Stage } from './stage.js';
import { ACT_TABLE } from './table.js';

/** Every act in every phase in which there is something to act on. Each second one by a worker that replays each task. */
export const CELLS: readonly ActCell[] = ACT_TABLE.flatMap(({ act, comes }, row) =>
  MOMENTS.flatMap((moment, column) =>
    comes[moment] === 'none' ? [] : [{ name: `${act}/${moment}`, act, moment, isBare: (row + column) % 2 === 1 }],
  ),
);

/** Those of acts that the server does not know are left out. */
export async function cellsThere({ client }: Stage): Promise<readonly ActCell[]> {
  const canPause = await knowsWorkflowPause(client);
  return CELLS.filter(({ act }) => canPause || act !== 'workflow-pause');
}

const UNIMPLEMENTED = 12;

/** Servers of 2026 have it; the one that Temporal CLI 1.5.1 starts has not. */
async function knowsWorkflowPause(client: Client): Promise<boolean> {
  try {
    await client.workflowService.pauseWorkflowExecution({ namespace: client.options.namespace, workflowId: 'none' });
    return true;
  } catch (error) {
    return isGrpcServiceError(error) && Number(error.code) !== UNIMPLEMENTED;
  }
}

const AT_ONCE = 16;

/** How often a cell is played whose phase was over before the act was taken. */
const TRIES = 4;

/** Plays cells, some at a time, and judges them. */
export async function runCells(stage: Stage, cells: readonly ActCell[]): Promise<Verdict[]> {
  const waiting = [...cells];
  const evidence: Evidence[] = [];
  const unplayed: Verdict[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const cell = next;
      const refuse = (error: unknown) => void unplayed.push({ cell, word: 'none', broken: [String(error)] });
      await playUntilMet(stage, cell).then((met) => void evidence.push(met), refuse);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const refusals = await refusedReplays(evidence.map(({ stands }) => stands));
  return [...evidence.map((each) => judge(each, refusals.get(each.stands.workflowId))), ...unplayed];
}

/** @throws Error when the phase never came, or was over each time before the act was taken */
async function playUntilMet(stage: Stage, cell: ActCell): Promise<Evidence> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const evidence = await playCell(stage, cell);
    if (!evidence.isMissed) return evidence;
  }
  throw new Error(`The phase was over before the act was taken, ${TRIES} times.`);
}

/** What broke, for people. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const broken = verdicts.filter((verdict) => verdict.broken.length > 0);
  return [
    `${verdicts.length} cells, ${broken.length} broken`,
    ...broken.flatMap(({ cell, broken: all }) => [
      `  ${cell.name}${cell.isBare ? ' (bare)' : ''}`,
      ...all.map((what) => `    ${what}`),
    ]),
  ].join('\n');
}
