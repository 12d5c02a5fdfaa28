const NEEDS_SERVER = /^test\/(workflows|client|process|chaos)\/|\.server\.test\.ts$/;

/** Settings of a person must not reach a test: it might rebuild a real machine. The seed of random inputs may, and a server that skips time. */
const NOT_FOR_TESTS = /^(TEMPORAL_|JDCLOUD_|REIMAGE_(?!TEST_(SEED|SERVER_PATH)$))/;

/** Whether a test file, as a path from the root with slashes, talks to a Temporal server. */
export function needsServer(path: string): boolean {
  return NEEDS_SERVER.test(path);
}

/** Whether it leaves the process as it found it, so that others may run in it: it starts no processes and no server. */
export function mayShareProcess(path: string): boolean {
  return /^test\/(workflows|client)\//.test(path);
}

/** The variables that tests inherit, and what they are told besides. */
export function environmentOfTests(told: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.test(name));
  return { ...Object.fromEntries(inherited), ...told };
}
