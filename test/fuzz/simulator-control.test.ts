import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { FROZEN, simulatorFor } from '../unit/simulator/support/simulator-for-test.js';
import { STATE, stateOf } from './api-refusal.js';
import { holds } from './holds.js';
import { deep, hostileJson, hostileText, jsonOf, spoiled } from './hostile.js';

const Refusal = z.strictObject({ error: z.string().min(1).max(10_000) });
const RULE = { operation: 'stopInstance', skip: 0, times: 1, kind: { status: 500, when: 'before' } };
const ORDER = { action: 'setStatus', instanceId: 'i-run', status: 'stopped' };

const odd = hostileText.map((text) => encodeURIComponent(Buffer.from(text).toString()));
const mostly = (usual: readonly string[], rare: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: rare });
const path = mostly(['faults', 'act'], odd);
const method = mostly(['POST'], fc.constantFrom('PUT', 'PATCH'));
const contentType = mostly(['application/json'], fc.constantFrom('text/plain', 'a/b', 'multipart/form-data'));
const body = fc.oneof(
  hostileText,
  hostileJson.map((json) => JSON.stringify(json) ?? ''),
  spoiled(RULE, hostileJson).map((rule) => JSON.stringify([RULE, rule])),
  spoiled(ORDER, hostileJson).map((order) => JSON.stringify(order)),
  deep.map(jsonOf),
);

describe("the simulator's control endpoint, given nonsense", () => {
  it('refuses it and does not change, or does what it was told', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state: STATE });
    const url = `${simulator.endpoint}/_control`;
    const before = async () => [await stateOf(simulator), await (await fetch(`${url}/faults`)).text()];
    await holds(
      fc.asyncProperty(path, method, contentType, body, async (where, verb, type, text) => {
        const state = await before();
        const answer = await fetch(`${url}/${where}`, { method: verb, headers: { 'content-type': type }, body: text });
        const said: unknown = await answer.json();
        if (answer.status === 200) return;
        assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
        if (['faults', 'act'].includes(where) && verb === 'POST') Refusal.parse(said);
        assert.deepEqual(await before(), state);
      }),
      120,
    );
  });
});
