import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { buildProgram } from '../../client/cli/program.js';
import { FAILURES } from '../../contracts/failures.js';
import { keepLines, NEXT_LINES } from '../../scripts/demo/next.js';
import { trackedFiles } from '../repository/tracked-files.js';
import { leafCommands } from '../unit/client/cli/leaf-commands.js';
import { codeBlocksOf, inlineCodeOf } from './markdown.js';
import { argvOf, shellLines } from './shell.js';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const PAGES = trackedFiles().filter(({ path }) => path.endsWith('.md'));
const { scripts } = z
  .looseObject({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await read('package.json')));
/** What npm does by itself, without a script of ours. */
const NPM_OWN = ['pack', 'ci', 'install'];
const keep = keepLines({
  settings: {},
  targets: { regionId: 'cn-north-1', vm: 'i-1', otherVm: 'i-2', image: 'img-1' },
  directory: 'demo',
  workerPid: 1,
  metricsUrl: 'http://127.0.0.1/metrics',
});

const LEAVES = await leafCommands();

/** Parses a command line as the CLI does, and runs nothing. @returns what the CLI says against it, empty when it would run */
async function complaintOf(argv: readonly string[]): Promise<string> {
  const said: string[] = [];
  let isDispatched = false;
  const io = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
  const dispatch = async () => void (isDispatched = true);
  const program = await buildProgram({ dispatch, words: argv }, io, '0.0.0');
  await program.parseAsync(argv, { from: 'user' }).catch(() => undefined);
  return isDispatched ? '' : said.join('\n') || 'nothing ran';
}

/** What an inline mention names that the CLI does not have; an instance may be left out there. */
function unknownIn(argv: readonly string[]): string[] {
  const line = `${argv.join(' ')} `;
  const leaf = LEAVES.find(({ name }) => line.startsWith(`${name} `));
  if (leaf === undefined) return [argv[0] ?? ''];
  const known = leaf.command.options.flatMap(({ short, long }) => [short ?? '', long ?? '']);
  return argv.filter((word) => word.startsWith('--') && !known.includes(word));
}

for (const { path: page, text } of PAGES) {
  const blocks = codeBlocksOf(text).flatMap(({ code }) => shellLines(code));
  const mentions = inlineCodeOf(text);

  describe(page, () => {
    it('names only npm scripts that exist', () => {
      const named = [...blocks, ...mentions].flatMap((line) =>
        [...line.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
      );
      assert.deepEqual(
        named.filter((name) => !NPM_OWN.includes(name) && !(name in scripts)),
        [],
      );
    });

    it('shows only command lines that the CLI takes', async () => {
      for (const line of blocks) {
        const argv = argvOf(line);
        if (argv !== null) assert.equal(await complaintOf(argv), '', line);
      }
    });

    it('mentions only commands and options that the CLI has', () => {
      const unknown = mentions.flatMap((mention) => unknownIn(argvOf(mention) ?? ['list']));
      assert.deepEqual(unknown, []);
    });
  });
}

describe('other texts that name commands', () => {
  it('given the failures, then what to do next names only commands that the CLI has', () => {
    const codes = Object.values(FAILURES).flatMap(({ next }) => inlineCodeOf(next));
    const commands = codes.flatMap((code) => {
      const argv = argvOf(code);
      return argv === null ? [] : [argv];
    });
    assert.ok(commands.length > 0);
    assert.deepEqual(commands.flatMap(unknownIn), []);
  });

  it('given the demo, then what it tells to try is what CLI and npm take', async () => {
    const lines = shellLines([...NEXT_LINES, ...keep].join('\n'));
    const commands = lines.flatMap((line) => {
      const argv = argvOf(line);
      return argv === null ? [] : [argv];
    });
    assert.ok(commands.length >= 8);
    for (const argv of commands) assert.equal(await complaintOf(argv), '', argv.join(' '));
    assert.ok(lines.some((line) => line.startsWith('npm run demo')));
  });
});
