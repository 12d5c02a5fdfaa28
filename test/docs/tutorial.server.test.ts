import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { startWalker } from './runbook-walk.js';

const page = await readFile(new URL('../../docs/tutorial.md', import.meta.url), 'utf8');
const OLD = 'img-622b0f02a3';
const NEW = 'img-34829660a3';
/** `web-01` and `web-02`, which the page rebuilds by hand. */
const [FIRST, SECOND] = ['i-d67056ae6b', 'i-9d2ae532c5'];

it('docs/tutorial.md: each command does what the page says, and prints what it shows', async (t) => {
  const { cloud, walk } = await startWalker(t);
  const walked = await walk(page);

  const printed = (word: string) => walked.filter(({ line }) => line.includes(word)).map((each) => each.printed);
  assert.match(printed('reimage status')[0] ?? '', /^done: /m);
  assert.match(printed('reimage status')[1] ?? '', /^failed: [^]*HealthCheckFailed/m);
  assert.match(printed('reimage status')[2] ?? '', /held[^]*decide \S+ retry/);
  assert.match(printed(`decide ${SECOND} retry`)[0] ?? '', /^done: /m);
  assert.match(printed('fleet watch')[0] ?? '', /awaiting-approval, wave 2\/2: 1 done, 6 waiting/);
  assert.match(printed('fleet watch')[2] ?? '', /paused.*failure budget exhausted/);
  assert.match(printed('fleet watch')[3] ?? '', /^done: /m);
  assert.match(printed('fleet report')[0] ?? '', /resume by bob/);

  const calls = cloud.journal.calls({ operation: 'rebuildInstance' });
  const vms = [...new Set(calls.map(({ instanceId }) => instanceId ?? ''))];
  const erasedTwice = vms.filter((vm) => cloud.journal.effective('rebuildInstance', vm) === 2);
  assert.equal(vms.length, 9);
  assert.deepEqual(
    vms.filter((vm) => cloud.vm(vm).imageId === NEW),
    [FIRST, SECOND],
  );
  assert.equal(vms.filter((vm) => cloud.vm(vm).imageId === OLD).length, 7);
  assert.deepEqual(cloud.journal.effective('rebuildInstance', FIRST), 1);
  assert.deepEqual(cloud.journal.effective('rebuildInstance', SECOND), 3);
  assert.equal(erasedTwice.length, 7);
});
