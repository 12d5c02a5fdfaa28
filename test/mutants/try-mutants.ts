import type { Copy } from './copy.js';
import type { Mutant } from './mutant.js';
import { runTests } from './run-tests.js';
import { type Verdict, verdictOf, whyBlind } from './verdict.js';

export interface Tried {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly seconds: number;
}

export interface Trial {
  readonly mutants: readonly Mutant[];
  /** As many mutants as there are copies are tried at a time. */
  readonly copies: readonly Copy[];
  /**
   * The variables that the tests run with in a copy; whatever they need of the code as it is there is made first.
   * @throws Error where that cannot be made
   */
  readonly environment: (mutant: Mutant, copy: Copy, isPlanted: boolean) => Promise<NodeJS.ProcessEnv>;
  readonly tell: (tried: Tried) => void;
}

/** Plants each mutant alone, and runs the tests that are to see it; each set of tests first without. */
export async function tryMutants({ mutants, copies, environment, tell }: Trial): Promise<Tried[]> {
  const blind = new Map<string, Promise<string | null>>();
  const whyNotSeen = (mutant: Mutant, copy: Copy): Promise<string | null> => {
    const key = JSON.stringify([mutant.tests, mutant.only]);
    const known = blind.get(key);
    if (known !== undefined) return known;
    const asked = environment(mutant, copy, false).then(async (env) =>
      whyBlind(await runTests(copy.root, mutant, env)),
    );
    blind.set(key, asked);
    return asked;
  };
  const verdictOn = async (mutant: Mutant, copy: Copy): Promise<Verdict> => {
    try {
      const why = await whyNotSeen(mutant, copy);
      if (why !== null) return { fate: 'error', why };
      return await copy.withPlanted([mutant], async () =>
        verdictOf(await runTests(copy.root, mutant, await environment(mutant, copy, true))),
      );
    } catch (error) {
      return { fate: 'error', why: error instanceof Error ? error.message : String(error) };
    }
  };
  const tried: Tried[] = [];
  const left = [...mutants];
  const tryInTurn = async (copy: Copy): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const startedAt = performance.now();
      const verdict = await verdictOn(mutant, copy);
      const one = { mutant, verdict, seconds: (performance.now() - startedAt) / 1000 };
      tried.push(one);
      tell(one);
    }
  };
  await Promise.all(copies.map(tryInTurn));
  return tried;
}
