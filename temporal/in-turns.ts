/** How many questions are out at a time: the namespace has a rate limit, which rebuilds need too. */
const AT_A_TIME = 20;

/** Asks for each of many, some at a time; the answers in the order given. */
export async function inTurns<T, R>(all: readonly T[], ask: (each: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let first = 0; first < all.length; first += AT_A_TIME) {
    answers.push(...(await Promise.all(all.slice(first, first + AT_A_TIME).map(ask))));
  }
  return answers;
}
