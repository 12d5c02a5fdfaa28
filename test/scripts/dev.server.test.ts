import assert from 'node:assert/strict';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '../fixtures/eventually.js';
import { startDemo } from './start-demo.js';

const WORKFLOWS = new URL('../../workflows/index.ts', import.meta.url);

describe('npm run dev', () => {
  it('starts server, simulator and worker, the worker anew when a workflow changes, and leaves nothing running', async (t) => {
    const dev = startDemo(t, 'dev.ts');
    const shown = (pattern: RegExp) => pattern.exec(dev.written.out)?.[1] ?? '';
    await eventually('it says how to stop it', async () => dev.written.err.includes('Ctrl-C'), 150_000);
    const [folder, metrics] = [shown(/tail -f (\S+)\/\*\.log/), shown(/^Metrics: (\S+)$/m)];
    const readies = async () =>
      (await readFile(join(folder, 'worker.log'), 'utf8')).split('worker is ready').length - 1;
    const answers = (url: string) =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
    assert.equal(await readies(), 1);
    assert.ok(await answers(metrics));
    assert.ok(await answers(`${shown(/JDCLOUD_ENDPOINT='([^']+)'/)}/_control/state`));

    await utimes(WORKFLOWS, new Date(), new Date());
    await eventually('the worker has started anew', async () => (await readies()) === 2);
    await eventually('it takes work', () => answers(metrics));

    dev.interrupt();
    await dev.ended;
    assert.equal(await answers(metrics), false);
    assert.equal(await answers(`${shown(/JDCLOUD_ENDPOINT='([^']+)'/)}/_control/state`), false);
    assert.equal(await answers(shown(/REIMAGE_TEMPORAL_UI='([^']+)'/)), false);
  });

  it('names an option that it does not know', async (t) => {
    const dev = startDemo(t, 'dev.ts', '--compres', '5');
    assert.equal((await dev.ended).exitCode, 1);
    assert.match(dev.written.err, /^dev: Unknown option '--compres'/m);
  });
});
