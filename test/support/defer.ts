/**
 * Where clean-up is registered: a test's `t`. (An `after` at the top of a file runs only once nothing
 * is open any more, and one inside `before` runs when that hook ends: neither can close a connection.)
 */
export interface Scope {
  readonly after: (cleanUp: () => Promise<void>) => void;
}

type CleanUp = () => void | Promise<void>;

const cleanUpsOf = new WeakMap<Scope, CleanUp[]>();

/**
 * Runs a clean-up when the scope ends, last made first. (node:test alone runs them first made first,
 * which would close a connection before the worker that uses it.)
 */
export function defer(scope: Scope, cleanUp: CleanUp): void {
  const known = cleanUpsOf.get(scope);
  if (known !== undefined) {
    known.push(cleanUp);
    return;
  }
  const cleanUps = [cleanUp];
  cleanUpsOf.set(scope, cleanUps);
  scope.after(async () => {
    for (const each of cleanUps.toReversed()) await each();
  });
}
