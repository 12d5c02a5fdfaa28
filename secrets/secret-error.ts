/** A secret that could not be had or handed over. The message never holds the secret or the target of the reference. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** What the system says against a file or a command: a code such as `ENOENT`, never a path. */
export function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : 'unknown reason';
}
