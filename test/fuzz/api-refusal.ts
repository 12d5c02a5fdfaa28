import assert from 'node:assert/strict';
import * as z from 'zod';
import { region, vm } from '../../simulator/model/builders.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import type { RawAnswer } from './raw-http.js';

/** A VM that runs and one that is stopped. */
export const STATE = region({ vms: [vm('i-run'), vm('i-stop', 'stopped')] });

const Refusal = z.strictObject({
  requestId: z.string().regex(/^[0-9a-f]{32}$/),
  error: z.strictObject({ code: z.int(), status: z.string().regex(/^[A-Z_]+$/), message: z.string().min(1) }),
});

/** A refusal as JD Cloud words it. The answer to a HEAD has no body. */
export function assertRefusal(answer: RawAnswer | null, method = 'GET'): void {
  assert.ok(answer !== null, 'there is an answer');
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.body}`);
  if (method === 'HEAD') return;
  assert.match(answer.contentType, /^application\/json/);
  assert.equal(Refusal.parse(JSON.parse(answer.body)).error.code, answer.status);
}

/** Everything that the simulator holds, as text. */
export async function stateOf({ endpoint }: Simulator): Promise<string> {
  return await (await fetch(`${endpoint}/_control/state`)).text();
}
