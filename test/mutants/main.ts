import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ownScope } from '../chaos/own-scope.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { needsServer } from '../runner/environment.js';
import { type Copy, copyProject } from './copy.js';
import { MUTANTS } from './list/all.js';
import type { Mutant } from './mutant.js';
import { renderTried, tableOf } from './render.js';
import { openStand } from './stand.js';
import { tryMutants } from './try-mutants.js';
import { mistakesIn } from './type-check.js';
import { exitCodeOf } from './verdict.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const HELP = `Plants the kept list of bugs, each alone, and runs the tests that are to see it.

--only TEXT     those whose name or file holds TEXT; several times: all of them
--unit          those whose tests need no server
--list          names them and ends
--unchecked     does not compile them first

Exits with 1 when one of them lives, does not apply any more, or could not be tried.`;

async function main(scope: Scope): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      unit: { type: 'boolean' },
      list: { type: 'boolean' },
      unchecked: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return say(HELP);
  const holds = ({ name, file }: Mutant) => (values.only ?? []).every((text) => `${name}\n${file}`.includes(text));
  const isAsked = ({ tests }: Mutant) => values.unit !== true || !tests.some(needsServer);
  const mutants = MUTANTS.filter((mutant) => holds(mutant) && isAsked(mutant));
  if (mutants.length === 0) throw new Error(`no mutant holds ${(values.only ?? []).join(' and ')}: see --list`);
  if (values.list === true) return say(mutants.map(({ name, file }) => `${file}: ${name}`).join('\n'));
  const [copy, other] = [await copyFor(scope, 1), await copyFor(scope, 2)];
  if (values.unchecked !== true) {
    const mistakes = await mistakesIn(copy, mutants);
    if (mistakes.length > 0) throw new Error(`these are no bugs but mistakes:\n${mistakes.join('\n')}`);
  }
  const stand = await openStand(scope, [copy, other], mutants);
  let left = mutants.length;
  const tell: Parameters<typeof tryMutants>[0]['tell'] = (tried) =>
    console.log(`${String(--left).padStart(3)} left  ${renderTried(tried)}`);
  const tried = await tryMutants({ mutants, ...stand, tell });
  console.log(`\n${tableOf(tried)}`);
  return exitCodeOf(tried.map(({ verdict }) => verdict));
}

/** Within the project, where the packages are found. */
async function copyFor(scope: Scope, number: number): Promise<Copy> {
  const copy = await copyProject(ROOT, join(ROOT, `.build-mutants-${process.pid}-${number}`));
  defer(scope, () => copy.remove());
  return copy;
}

function say(text: string): number {
  console.log(text);
  return 0;
}

const scope = ownScope();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void scope.end().finally(() => process.exit(130)));
try {
  process.exitCode = await main(scope);
} catch (error) {
  console.error(`mutants: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
} finally {
  await scope.end();
}
