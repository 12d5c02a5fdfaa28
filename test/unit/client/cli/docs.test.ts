import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { INTERRUPTED } from '../../../../client/cli/io/exit-codes.js';
import { COMMANDS } from '../../../../client/cli/options/command-table.js';
import { FAILURE_TYPES, FAILURES } from '../../../../contracts/failures.js';
import { Deadlines } from '../../../../contracts/rebuild-request.js';
import { leafCommands } from './leaf-commands.js';

const page = await readFile(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
const leaves = await leafCommands();

describe('docs/cli.md', () => {
  it('has a row for each command and for none else', () => {
    const rows = [...page.matchAll(/^\| `reimage ([a-z-]+(?: [a-z-]+)*)/gm)].map(([, name]) => name);
    assert.deepEqual(rows, [...COMMANDS]);
    assert.deepEqual(
      leaves.map(({ name }) => name),
      [...COMMANDS],
    );
  });

  it('has a row for each exit code that can happen', () => {
    const codes = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    const possible = new Set([0, INTERRUPTED, ...FAILURE_TYPES.map((type) => FAILURES[type].exitCode)]);
    assert.deepEqual(
      codes,
      [...possible].toSorted((a, b) => a - b),
    );
  });

  it('names no option that does not exist', () => {
    const known = new Set(leaves.flatMap(({ command }) => command.options.flatMap(({ short, long }) => [short, long])));
    const named = [...page.matchAll(/--[a-z][a-z-]+/g)]
      .map(([option]) => option)
      .filter((option) => option !== '--help');
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((option) => !known.has(option)),
      [],
    );
  });

  it('tells the default deadlines', () => {
    const told = Object.entries(Deadlines.parse({})).map(
      ([name, seconds]) => `${name.replace('Seconds', '')} ${seconds}`,
    );
    assert.ok(page.includes(`${told.join(', ')} by default`));
  });
});
