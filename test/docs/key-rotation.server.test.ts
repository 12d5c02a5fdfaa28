import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { startCli } from '../client/cli/spawn-cli.js';
import { endOldThings, fire, makeOldThings, openStage, WHO } from '../client/unreadable/stage.js';
import { eventually } from '../fixtures/eventually.js';
import { runFake } from '../unit/client/cli/fake-deps.js';
import { codeBlocksOf, sectionsOf } from './markdown.js';
import { argvOf, shellLines } from './shell.js';

const page = await readFile(new URL('../../docs/encryption.md', import.meta.url), 'utf8');
const section = sectionsOf(page).get('Change the key') ?? '';
const BLOCKS = codeBlocksOf(section).map(({ code }) => shellLines(code));
const OLD = '2026-11';
const NEW = '2027-05';

/** The ids of the keys that a block sets, in their order. */
function keysSetBy(block: readonly string[] | undefined): string[] {
  const [, list = ''] =
    /^export REIMAGE_CODEC_KEYS=(\S+)$/.exec(block?.find((line) => line.startsWith('export')) ?? '') ?? [];
  return list.split(',').map((entry) => entry.split('=')[0] ?? '');
}

/** The commands of a block. */
const commandsOf = (block: readonly string[] | undefined) =>
  (block ?? []).flatMap((line) => [argvOf(line) ?? []].filter(({ length }) => length > 0));

it('docs/encryption.md changes the key step by step, with one worker late and a command that is killed', async (t) => {
  const [addNew, moveToFront, rewrite, drop] = BLOCKS;
  assert.equal(BLOCKS.length, 4);
  assert.deepEqual([addNew, moveToFront, drop].map(keysSetBy), [[OLD, NEW], [NEW, OLD], [NEW]]);
  const stage = await openStage(t);
  let worker = await stage.startWorker(OLD);
  const old = await makeOldThings(stage, await stage.connect(OLD));
  const frozen = await (await stage.connect(OLD)).freeze(WHO);

  let keys: readonly string[] = [OLD];
  const restartWorker = async () => {
    await worker.kill();
    worker = await stage.startWorker(...keys);
  };
  const play = async (argv: readonly string[]) => {
    const env = stage.envOf(...keys);
    const { out, err, exitCode } = await runFake(argv, {
      env,
      connect: (options = {}) => ReimageClient.connect({ env, ...options }),
    });
    return { text: [...out, ...err].join('\n'), exitCode };
  };

  await t.test('1: now all can read it', async () => {
    keys = keysSetBy(addNew);
    await restartWorker();
    const [doctor = []] = commandsOf(addNew);
    assert.match((await play(doctor)).text, /key 2026-11 encrypts, 2 keys decrypt/);
    assert.match(section, /`doctor` says `key 2026-11 encrypts, 2 keys decrypt`/);
  });

  await t.test('2: now all write it, but for one worker that is late', async () => {
    keys = keysSetBy(moveToFront);
    const [doctor = []] = commandsOf(moveToFront);
    const { text } = await play(doctor);
    assert.match(text, /key 2027-05 encrypts, 2 keys decrypt/);
    assert.match(text, /keys in use +key 2026-11: 1 schedule, 3 under way, the freeze/);
  });

  await t.test('3: what outlives retention is rewritten, and the late worker is found', async () => {
    const [tell = [], rotate = []] = commandsOf(rewrite);
    assert.match((await play(tell)).text, /2026-11: keep: schedule yearly-\w+ and the freeze bear it/);
    const killed = startCli(rotate, stage.envOf(...keys));
    await eventually('the command has begun', () => killed.stderr().includes('reading every schedule'));
    killed.signal('SIGKILL');
    await killed.ended;
    const late = await play(rotate);
    assert.equal(late.exitCode, 3, late.text);
    assert.match(
      late.text,
      /not rewritten: the freeze: a worker still encrypts by key "2026-11": put "2027-05" first everywhere/,
    );
    await restartWorker();
    const again = await play(rotate);
    assert.equal(again.exitCode, 0, again.text);
    assert.match(again.text, /^rewritten: the freeze$/m);
    const client = await stage.connect(...keys);
    assert.deepEqual(await client.frozen(), frozen.freeze);
  });

  await t.test('4: it is dropped once nothing under way needs it', async () => {
    const client = await stage.connect(...keys);
    const [tell = [], doctor = []] = commandsOf(drop);
    assert.match(
      (await play(tell)).text,
      /2026-11: keep: until these have ended, and 1 day more: rebuild:.*, reimage:cn-north-1:web; until these schedules have fired and ended well once more: yearly-/,
    );
    await endOldThings(stage, client, old);
    await fire(client, old.scheduleId);
    assert.match((await play(tell)).text, /^2026-11: keep: until \S+Z: \d+ ended runs bear it$/m);
    keys = keysSetBy(drop);
    await restartWorker();
    assert.match((await play(doctor)).text, /key 2027-05 encrypts, 1 key decrypts/);
    assert.match((await play(['list'])).text, /unreadable \(key "2026-11"\)/);
    const only = await stage.connect(...keys);
    const unfrozen = await only.unfreeze(WHO, { workerTimeoutMs: 60_000 });
    assert.deepEqual(unfrozen?.freeze, frozen.freeze);
    await fire(only, old.scheduleId);
  });
});
