const PLAIN = /^[A-Za-z0-9_.:@/+-]+$/;

/**
 * Whether Temporal's list filter takes a value as it is. Others cannot be asked for: on server 1.29 no way of
 * quoting finds a value with a double quote or a backslash, and some find another one (tried 2026-11).
 */
export function isQuotable(value: string): boolean {
  return PLAIN.test(value);
}

/** A string literal of Temporal's list filter. Throws a RangeError for what {@link isQuotable} refuses. */
export function quote(value: string): string {
  if (!isQuotable(value)) throw new RangeError('this value cannot stand in a list filter');
  return `'${value}'`;
}
