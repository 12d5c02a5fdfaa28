import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Scope } from '../support/defer.js';
import { defer } from '../support/defer.js';
import type { Cell } from './cells.js';
import { batchesOf, type Verdict } from './matrix.js';

const PLAYER = fileURLToPath(new URL('player.ts', import.meta.url));

/** What a player says: the verdict on a cell, or null when it has played all of its own. */
const Told = z.custom<Verdict | null>((value) => value === null || (typeof value === 'object' && 'cell' in value));

/**
 * Plays cells in several processes, each with a worker and regions of its own, on one Temporal server: one process does
 * most of its work in one thread, and leaves a part of a second core idle.
 * @param address - of the server
 */
export async function playInProcesses(
  scope: Scope,
  {
    cells,
    address,
    processes,
  }: { readonly cells: readonly Cell[]; readonly address: string; readonly processes: number },
  onVerdict: (verdict: Verdict) => void,
): Promise<Verdict[]> {
  const hands = Array.from({ length: processes }, (): Cell[] => []);
  for (const [index, batch] of batchesOf(cells).entries()) hands[index % processes]?.push(...batch);
  const played = hands.map((hand) => {
    const player = fork(PLAYER, {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      env: { ...process.env, REIMAGE_TEST_TEMPORAL_ADDRESS: address, REIMAGE_MATRIX_PLAYERS: String(processes) },
    });
    defer(scope, () => void player.kill('SIGKILL'));
    player.send(hand);
    return verdictsOf(player, onVerdict);
  });
  return (await Promise.all(played)).flat();
}

function verdictsOf(player: ChildProcess, onVerdict: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  return new Promise((resolve, reject) => {
    player.on('message', (message) => {
      const told = Told.parse(message);
      if (told === null) {
        resolve(verdicts);
        return;
      }
      verdicts.push(told);
      onVerdict(told);
    });
    player.once('error', reject);
    player.once('exit', (code, signal) => reject(new Error(`a player ended with ${signal ?? code}`)));
  });
}
