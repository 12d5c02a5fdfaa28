/** The keys of an object that hold something: a contract tells a key that is left out from one that is undefined. */
export function withoutUndefined(written: object): object {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
}
