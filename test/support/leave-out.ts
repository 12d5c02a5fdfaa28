import type { TestContext } from 'node:test';

/**
 * Leaves a test out with the reason, where what it needs cannot be had.
 * @throws Error with the reason under CI, which has to run all
 */
export function leaveOut(t: Pick<TestContext, 'skip'>, why: string, env: NodeJS.ProcessEnv = process.env): void {
  if (env['CI'] === 'true') throw new Error(`CI leaves nothing out: ${why}`);
  t.skip(why);
}
