import { resolve } from 'node:path';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { testEndOf } from './test-end.js';

/** Runs test files one after the other, and writes how each test ends as soon as it has: a line of JSON each. */
function tellTests(): void {
  const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
  const events = run({
    files: positionals.map((path) => resolve(path)),
    concurrency: 1,
    ...(values.only !== undefined && { testNamePatterns: [values.only] }),
  });
  events.on('test:complete', (data: unknown) => {
    const end = testEndOf(data);
    if (end !== null) process.stdout.write(`${JSON.stringify(end)}\n`);
  });
  events.on('test:stderr', ({ message }) => process.stderr.write(message));
  events.on('data', () => undefined);
  events.once('end', () => process.stdout.write('', () => process.exit(0)));
}

tellTests();
