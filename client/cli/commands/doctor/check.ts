/** One thing that a rebuild needs, looked at. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was seen, in one line. */
  readonly message: string;
  /** How to mend it; null when there is nothing to mend. */
  readonly mend: string | null;
  /** Why it fails, which decides the exit code: nobody there, or somebody who says no. */
  readonly because?: 'unreachable' | 'refused';
}

export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message, mend: null };
}

export function warn(name: string, message: string, mend: string): Check {
  return { name, status: 'warn', message, mend };
}

export function fail(name: string, because: 'unreachable' | 'refused', message: string, mend: string): Check {
  return { name, status: 'fail', message, mend, because };
}
