import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { refused } from './refused.js';
import { directoryFor, fileIn, programIn } from './temporary.js';

const SECRET = 'Zx9!kT2#mW';
const env = { DISK_PASSWORD: SECRET, EMPTY: '', PATH: process.env['PATH'] };
const { read, peek } = createSecretReader({ env, where: 'on the test bench' });

describe('a secret reference', () => {
  it('env: gives the variable', async () => {
    assert.equal(await read('env:DISK_PASSWORD'), SECRET);
  });

  it('file: gives the file without its last line break', async (t) => {
    assert.equal(await read(`file:${await fileIn(await directoryFor(t), 'secret', `${SECRET}\n`, 0o600)}`), SECRET);
  });

  it('exec: gives what the command writes, without a shell, with the variables of the reader', async (t) => {
    assert.equal(await read(`exec:${process.execPath} -p 1+1`), '2');
    assert.equal(await read(`exec:${process.execPath} -p process.env.DISK_PASSWORD`), SECRET);
    const echo = await programIn(await directoryFor(t), 'echo', 'console.log(process.argv.slice(2).join("|"));');
    assert.equal(await read(`exec:${echo}  $HOME  "two words" ;`), '$HOME|"two|words"|;');
  });

  it('is peeked at like it is read, as nothing changes by reading it', async () => {
    assert.equal(await peek('env:DISK_PASSWORD'), SECRET);
  });

  it('is refused when the variable is not set or empty, and says where that is', async () => {
    await refused(read('env:NO_SUCH_VARIABLE'), /is not set on the test bench/, 'NO_SUCH_VARIABLE');
    await refused(read('env:EMPTY'), /empty secret/, SECRET);
  });

  it('is refused when everybody may read the file', async (t) => {
    const path = await fileIn(await directoryFor(t), 'secret', SECRET, 0o644);
    await refused(read(`file:${path}`), /readable by everybody on the test bench: chmod o-r/, SECRET, path);
  });

  it('is refused when the file is not there, no file, or too large', async (t) => {
    const directory = await directoryFor(t);
    await refused(read('file:/nonexistent/secret'), /names on the test bench is not there/, '/nonexistent');
    await refused(read(`file:${directory}`), /not a file/, directory);
    const large = await fileIn(directory, 'large', 'x'.repeat(64 * 1024 + 1), 0o600);
    await refused(read(`file:${large}`), /over 64 KiB/, large);
  });

  it('is UTF-8, with a byte order mark or without, and refused in any other encoding', async (t) => {
    const directory = await directoryFor(t);
    const marked = await fileIn(directory, 'marked', `\uFEFF${SECRET}\r\n`, 0o600);
    assert.equal(await read(`file:${marked}`), SECRET);
    const wide = join(directory, 'wide');
    await writeFile(wide, Buffer.from(`\uFEFF${SECRET}`, 'utf16le'), { mode: 0o600 });
    await refused(read(`file:${wide}`), /on the test bench is UTF-16, not UTF-8 \(line 1, byte 1\)/, SECRET, wide);
    const latin = await programIn(
      directory,
      'latin',
      `process.stdout.write(Buffer.from('${SECRET}\u00e9', 'latin1'));`,
    );
    await refused(read(`exec:${latin}`), /what it writes is not UTF-8 \(line 1, byte 11\)/, SECRET, latin);
  });

  it('is refused when the command is not there or fails, and what it wrote is not repeated', async (t) => {
    const directory = await directoryFor(t);
    await refused(read(`exec:${join(directory, 'nothing')}`), /run on the test bench, failed \(ENOENT\)/, directory);
    const shout = await programIn(
      directory,
      'shout',
      `console.log('${SECRET}'); console.error('${SECRET}'); process.exit(3);`,
    );
    await refused(read(`exec:${shout}`), /exit code 3/, SECRET, directory);
  });

  it('is refused when the command writes without end', async (t) => {
    const flood = await programIn(
      await directoryFor(t),
      'flood',
      `setInterval(() => console.log('${SECRET}'.repeat(1000)), 1);`,
    );
    await refused(read(`exec:${flood}`), /more than 64 KiB/, SECRET, flood);
  });

  it('generates only for a VM', async (t) => {
    const path = join(await directoryFor(t), 'password');
    await refused(read(`generate:file:${path}`), /only the password of a VM/, path);
    await refused(peek(`generate:file:${path}`), /only the password of a VM/, path);
  });
});
