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
  readonly copy: Copy;
  /**
   * The variables that the tests run with; whatever they need of the code as it is in the copy is made first.
   * @throws Error where that cannot be made
   */
  readonly environment: (mutant: Mutant, isPlanted: boolean) => Promise<NodeJS.ProcessEnv>;
  readonly tell: (tried: Tried) => void;
}

/** Plants one mutant after the other, and runs the tests that are to see it; each set of tests first without. */
export async function tryMutants({ mutants, copy, environment, tell }: Trial): Promise<Tried[]> {
  const blind = new Map<string, string | null>();
  const whyNotSeen = async (mutant: Mutant): Promise<string | null> => {
    const key = JSON.stringify([mutant.tests, mutant.only]);
    const known = blind.get(key);
    if (known !== undefined) return known;
    const why = whyBlind(await runTests(copy.root, mutant, await environment(mutant, false)));
    blind.set(key, why);
    return why;
  };
  const tryOne = async (mutant: Mutant): Promise<Verdict> => {
    try {
      const why = await whyNotSeen(mutant);
      if (why !== null) return { fate: 'error', why };
      return await copy.withPlanted([mutant], async () =>
        verdictOf(await runTests(copy.root, mutant, await environment(mutant, true))),
      );
    } catch (error) {
      return { fate: 'error', why: error instanceof Error ? error.message : String(error) };
    }
  };
  const tried: Tried[] = [];
  for (const mutant of mutants) {
    const startedAt = performance.now();
    const verdict = await tryOne(mutant);
    tried.push({ mutant, verdict, seconds: (performance.now() - startedAt) / 1000 });
    tell({ mutant, verdict, seconds: (performance.now() - startedAt) / 1000 });
  }
  return tried;
}
