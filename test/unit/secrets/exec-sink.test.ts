import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { passwordProblems } from '../../../jdcloud/parameter-rules.js';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { refused } from './refused.js';
import { directoryFor, fileIn, programIn } from './temporary.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-8cjmd27n1s' };
const where = 'on the test bench';
const { read, peek } = createSecretReader({ env: { TOKEN: 'of the store' }, where });

/** Writes down all that it is told. */
const store = (path: string) => `
  const { readFileSync, writeFileSync } = require('node:fs');
  const { TOKEN, REIMAGE_SINK_REGION, REIMAGE_SINK_INSTANCE } = process.env;
  const told = { argv: process.argv.slice(2), input: readFileSync(0, 'utf8'), TOKEN, REIMAGE_SINK_REGION, REIMAGE_SINK_INSTANCE };
  writeFileSync('${path}', JSON.stringify(told));`;

describe('generate:exec:', () => {
  it('given a command, then it gets the password on its input only, and the VM by variables and placeholders', async (t) => {
    const directory = await directoryFor(t);
    const told = join(directory, 'told');
    const command = await programIn(directory, 'store', store(told));

    const password = await read(`generate:exec:${command} put  vm/{regionId}/{instanceId} $HOME`, VM);

    assert.deepEqual(passwordProblems(password, 'Administrator'), []);
    assert.deepEqual(JSON.parse(await readFile(told, 'utf8')), {
      argv: ['put', 'vm/cn-north-1/i-8cjmd27n1s', '$HOME'],
      input: password,
      TOKEN: 'of the store',
      REIMAGE_SINK_REGION: 'cn-north-1',
      REIMAGE_SINK_INSTANCE: 'i-8cjmd27n1s',
    });
  });

  it('given a look, then the command is found and not run', async (t) => {
    const directory = await directoryFor(t);
    const command = await programIn(directory, 'store', store(join(directory, 'told')));

    assert.equal(await peek(`generate:exec:${command}`, VM), null);
    assert.equal(
      await createSecretReader({ env: { PATH: `/nowhere:${directory}` }, where }).peek('generate:exec:store a', VM),
      null,
    );

    assert.deepEqual(await readdir(directory), ['store']);
  });

  it('given no such command, one that may not be run, or a directory, then a look says so', async (t) => {
    const directory = await directoryFor(t);
    const says = /is not there, or may not be run, on the test bench/;
    await refused(peek(`generate:exec:${directory}/nothing`, VM), says, directory);
    await refused(peek('generate:exec:nothing-of-this-name', VM), says, 'nothing-of-this-name');
    await refused(peek(`generate:exec:${await fileIn(directory, 'plain', 'x', 0o600)}`, VM), says, directory);
    await refused(peek(`generate:exec:${directory}`, VM), says, directory);
  });

  it('given a command that fails, then says so, and shows neither the password nor what the command wrote', async (t) => {
    const directory = await directoryFor(t);
    const told = join(directory, 'told');
    const fails = await programIn(
      directory,
      'fails',
      `${store(told)} console.log(told.input); console.error(told.input); process.exitCode = 7;`,
    );
    const trying = read(`generate:exec:${fails}`, VM);

    await refused(trying, /run on the test bench, failed \(exit code 7\)/, directory);
    const { input } = JSON.parse(await readFile(told, 'utf8'));
    assert.deepEqual(passwordProblems(String(input)), []);
    await refused(trying, /failed/, String(input));
  });
});
