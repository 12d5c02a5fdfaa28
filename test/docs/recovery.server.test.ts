import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { startHealthServer } from '../chaos/health-server.js';
import { eventually } from '../fixtures/eventually.js';
import { type Lane, laneAlone } from '../fixtures/lane.js';
import { runFake } from '../unit/client/cli/fake-deps.js';
import { codeBlocksOf } from './markdown.js';
import { alike, argvOf, shellLines, shownCommandsOf } from './shell.js';

const page = await readFile(new URL('../../docs/recovery.md', import.meta.url), 'utf8');
const [rebuildCode, backupsCode, statusCode, rollbackCode] = codeBlocksOf(page).map(({ code }) => code);
const commandsIn = (code = '') => shellLines(code).map((line) => argvOf(line) ?? []);
const [rebuild = []] = commandsIn(rebuildCode);
const [status] = shownCommandsOf(statusCode ?? '');
const [retry = []] = commandsIn(status?.prints.join('\n')).filter((argv) => argv.includes('retry'));
const [toBackup = [], toFormerImage = [], toImage = []] = commandsIn(rollbackCode);
const [list, prune] = shownCommandsOf(backupsCode ?? '');

/** So that checks of the page end soon, and nobody is asked. */
const QUICK = ['--yes', '--health-interval', '1', '--health-successes', '1', '--health-deadline', '3'];

const services = await startHealthServer({ after });

/** Runs the commands of the page on the VM of a lane. */
function walker({ worker: { client, taskQueue }, instanceId }: Lane) {
  const url = services.url(instanceId);
  const here = (word: string, imageId: string) =>
    word
      .replace('i-8cjmd27n1s', instanceId)
      .replace(/^img-\w+$/, imageId)
      .replace('https://{privateIp}/healthz', url)
      .replace(/^tcp:22$/, `tcp:${new URL(url).host}`);
  return async (
    argv: readonly string[],
    { imageId = OTHER_IMAGE_ID, answer }: { imageId?: string; answer?: string } = {},
  ) => {
    const words = argv.map((word) => here(word, imageId));
    const ran = await runFake(words, {
      connect: () => ReimageClient.connect({ client, taskQueue }),
      env: { USER: 'alice' },
      io: { now: () => new Date() },
      ...(answer !== undefined && { answer }),
    });
    return { exitCode: ran.exitCode, printed: [...ran.err, ...ran.questions, ...ran.out] };
  };
}

describe('docs/recovery.md, command by command', () => {
  it('does what the page says, and prints what it shows', async (t) => {
    const lane = await laneAlone(t);
    const { cloud, instanceId } = lane;
    const reimage = walker(lane);
    const succeeds = async (argv: readonly string[], imageId?: string) => {
      const { exitCode, printed } = await reimage(argv, imageId === undefined ? {} : { imageId });
      assert.equal(exitCode, 0, printed.join('\n'));
    };
    const shows = async (shown: typeof status, answer?: string) => {
      const { printed } = await reimage(shown?.argv ?? [], answer === undefined ? {} : { answer });
      const lines = shown?.prints.map(alike);
      assert.deepEqual(printed.slice(0, lines?.length).map(alike), lines);
    };

    const ending = reimage([...rebuild, ...QUICK]);
    await cloud.waitFor(({ vm }) => vm(instanceId).status === 'rebuilding', 120_000);
    services.sicken(instanceId);
    await eventually('it is held', async () =>
      (await reimage(['list', '--phase', 'held'])).printed.some((line) => line.includes(instanceId)),
    );
    await shows(status);
    services.heal(instanceId);
    await succeeds(retry);
    assert.equal((await ending).exitCode, 0);

    await succeeds([...rebuild, ...QUICK]);
    await shows(list);
    await shows(prune, 'delete');

    await succeeds([...toBackup, '--yes']);
    const backup = cloud.vm(instanceId).imageId;
    assert.notEqual(backup, OTHER_IMAGE_ID);
    await succeeds([...toImage, '--yes'], backup);
    assert.equal(cloud.vm(instanceId).imageId, backup);

    await succeeds([...rebuild, ...QUICK]);
    assert.equal(cloud.vm(instanceId).imageId, OTHER_IMAGE_ID);
    await succeeds([...toFormerImage, '--yes']);
    assert.equal(cloud.vm(instanceId).imageId, backup);
    assert.equal(cloud.journal.effective('rebuildInstance'), 6);
  });
});
