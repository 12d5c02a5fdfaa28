import assert from 'node:assert/strict';

/** Asserts that `actual` holds what `expected` says; keys that it does not say anything of do not matter. Lists must be as long. */
export function assertHolds(actual: unknown, expected: unknown): void {
  assert.deepEqual(project(actual, expected), expected);
}

function project(actual: unknown, shape: unknown): unknown {
  if (Array.isArray(actual) && Array.isArray(shape)) return actual.map((item, index) => project(item, shape[index]));
  if (!isRecord(actual) || !isRecord(shape)) return actual;
  return Object.fromEntries(Object.keys(shape).map((key) => [key, project(actual[key], shape[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
