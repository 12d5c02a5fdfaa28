import * as z from 'zod';
import type { Cell } from './cells.js';
import { playCells } from './matrix.js';
import { startSharedWorker } from './shared-worker.js';

/** The process of a player: plays the cells that it is sent, sends the verdict on each, and null after the last. */
const Hand = z.custom<readonly Cell[]>((value) => Array.isArray(value));

const tell = (message: unknown) => process.send?.(message);

async function play(cells: readonly Cell[]): Promise<void> {
  const cleanUps: (() => Promise<void>)[] = [];
  try {
    const worker = await startSharedWorker({ after: (cleanUp) => void cleanUps.push(cleanUp) });
    const share = 1 / Number(process.env['REIMAGE_MATRIX_PLAYERS'] ?? 1);
    await playCells(worker, cells, tell, share);
    tell(null);
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
    process.disconnect();
  }
}

// The SDK takes these for a wish to stop the worker alone. The one who has started us ends us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit());
process.once('message', (message) => void play(Hand.parse(message)));
