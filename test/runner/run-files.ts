import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { membersOf } from './groups.js';
import { watchSlowest } from './slowest.js';
import { watchUnderWay } from './under-way.js';

/**
 * Runs test files, several at a time, each, or each group of them, in a process of its own; prints what failed once more in the
 * end, and the ten slowest files, and exits with 1 when anything did.
 *
 * It exits as soon as all has been said. `node --test` waits on for whatever still holds the output of a
 * file that was given up, and a file with a worker in it, which takes SIGTERM for a wish, holds it for ever.
 */
function runFiles(files: string[], concurrency: number, timeout: number): void {
  let failed = false;
  const events = run({ files, concurrency, timeout });
  events.on('test:fail', () => (failed = true));
  watchUnderWay(events, (line) => console.error(`test: ${line}`), membersOf);
  const slowest = watchSlowest(events);
  const report = events.pipe(new spec());
  report.pipe(process.stdout, { end: false });
  report.once('end', () => {
    const lines = files.length > 1 ? ['', 'the slowest files:', ...slowest(), ''] : [];
    process.stdout.write(lines.join('\n'), () => process.exit(failed ? 1 : 0));
  });
}

const { values, positionals } = parseArgs({
  options: { concurrency: { type: 'string' }, timeout: { type: 'string' } },
  allowPositionals: true,
});
runFiles(positionals, Number(values.concurrency), Number(values.timeout));
