import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runToEnd } from '../../temporal/dev-server/guarded-child.js';

/** Of Temporal's Java test server, on Maven Central: the newest there. It needs Java 8 or newer. */
export const TEST_SERVER_VERSION = '1.35.0';

/** Name of the executable in its folder. */
export const TEST_SERVER_EXECUTABLE = 'temporal-test-server';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>reimage</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEST_SERVER_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Takes a port. It serves one test file: a compiler that optimises would cost more than it saves. */
const EXECUTABLE = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

const REPORT_EVERY_MS = 5_000;

export interface MakeServerOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Hears every five seconds how far it is. */
  readonly log: (line: string) => void;
  /** Ends Maven. */
  readonly signal: AbortSignal;
}

/**
 * Has Maven put the server and what it needs, 37 MB, into a folder. It grows beside the folder and ends with a rename,
 * so that two processes that make it at once never see half of it.
 * @throws Error with the first error that Maven told, or that it is not installed; the signal's reason when that aborted
 */
export async function makeTimeSkippingServer(folder: string, options: MakeServerOptions): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const growing = await mkdtemp(join(dirname(folder), '.installing-'));
  try {
    await writeFile(join(growing, 'pom.xml'), POM);
    await copyDependencies(growing, options);
    await writeFile(join(growing, TEST_SERVER_EXECUTABLE), EXECUTABLE, { mode: 0o755 });
    await rename(growing, folder).catch(async (error: unknown) => {
      // Another process was faster.
      if (!(await isThere(join(folder, TEST_SERVER_EXECUTABLE)))) throw error;
    });
  } finally {
    await rm(growing, { recursive: true, force: true });
  }
}

async function copyDependencies(folder: string, { env, log, signal }: MakeServerOptions): Promise<void> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'lib')}`];
  let firstError: string | null = null;
  let last = 'starting';
  const report = setInterval(() => log(`Maven: ${last}`), REPORT_EVERY_MS);
  try {
    // Maven tells everything on stdout.
    const args = ['-c', 'exec mvn "$@" 1>&2', 'mvn', '--batch-mode', '-f', join(folder, 'pom.xml'), ...goal];
    await runToEnd('sh', args, {
      env,
      signal,
      onLine: (line) => {
        last = line.replace(/^\[INFO\] /, '');
        if (line.startsWith('[ERROR]')) firstError ??= line.slice('[ERROR] '.length);
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw firstError === null ? error : new Error(firstError, { cause: error });
  } finally {
    clearInterval(report);
  }
}

/** Whether there is such a file. */
export function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
