import { runWorker } from '../../worker.js';

/** The worker of a rehearsal, in a process of its own: the real one, for a cloud that is so many times faster as its argument says. */
try {
  await runWorker(process.env, { compress: Number(process.argv[2]) });
} catch (error) {
  console.error(`reimage rehearsal worker: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
