import { after } from 'node:test';
import type { Scope } from './defer.js';

/** A scope that ends with the suite, or the file, in which it is made: for what all its tests share. */
export function suiteScope(): Scope {
  let cleanUp: () => Promise<void> = async () => undefined;
  after(() => cleanUp());
  return { after: (all) => void (cleanUp = all) };
}
