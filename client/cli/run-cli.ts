import { packageVersion } from '../../temporal/package-version.js';
import type { CliDeps } from './io/deps.js';
import { beforeBegun } from './io/terminal.js';
import { asksForJson, type Dispatch } from './options/command-table.js';
import { buildProgram } from './program.js';
import { tellOnStderr } from './render/progress.js';

/** Whatever a command waits for is told on stderr. Ctrl-C ends a connecting that hangs. */
function tellingConnect({ connect, io }: CliDeps): CliDeps['connect'] {
  return (options) => beforeBegun(io, (signal) => connect({ onProgress: tellOnStderr(io), signal, ...options }));
}

/**
 * Runs one command line and gives its exit code. Never throws.
 * @param argv - the arguments without node and script
 */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  let exitCode = 0;
  let vm: { instance?: unknown; region?: unknown } = {};
  const dispatch: Dispatch = async ({ run }, raw) => {
    vm = raw;
    const { refuseMistyped } = await import('../connection/connection.js');
    refuseMistyped(deps.env);
    exitCode = await run(raw, { ...deps, connect: tellingConnect(deps) });
  };
  try {
    const program = await buildProgram({ dispatch, words: argv }, deps.io, packageVersion());
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    const { reportError } = await import('./render/error.js');
    const region = vm.region ?? deps.env['JDCLOUD_REGION'];
    return reportError(error, { isJson: asksForJson(argv), instanceId: vm.instance, regionId: region }, deps.io);
  }
}
