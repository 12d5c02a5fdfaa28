import type { Command } from 'commander';
import * as z from 'zod';
import { loadScenario, loadState } from '../../../simulator/load-file.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../simulator/start-simulator.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import type { CliDeps, Env } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { untilInterrupted } from '../io/terminal.js';
import type { Parsing } from '../options/command-table.js';
import { cliCommand } from '../options/parse-options.js';

const MORE = `
It behaves like JD Cloud's VM API for one region, so that a rebuild can be rehearsed. It takes the
credentials in JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY, or makes a pair and prints it.

Examples:
  $ reimage simulator --port 8888
  $ reimage simulator --state region.json --scenario faults.json --compress 20`;

/** Defines `reimage simulator`. */
export function defineSimulator(command: Command, { dispatch }: Parsing): void {
  command
    .option('--port <number>', 'port on the loopback interface (default: a free one)')
    .option('--state <file>', 'VMs, images and keys to begin with')
    .option('--scenario <file>', 'faults to inject')
    .option('--compress <factor>', 'how many times faster than JD Cloud transitions run')
    .addHelpText('after', MORE)
    .action((options: object) =>
      dispatch(cliCommand('simulator', SimulatorCommandOptions, runSimulator), { ...options }),
    );
}

/** What stands on the command line of `simulator`. */
export const SimulatorCommandOptions = z.strictObject({
  port: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .pipe(z.int().max(65_535))
    .optional(),
  state: z.string().optional(),
  scenario: z.string().optional(),
  compress: z.string().transform(Number).pipe(z.number().positive()).optional(),
});
export type SimulatorCommandOptions = z.output<typeof SimulatorCommandOptions>;

/** Starts a simulator, says how to use it, and closes it on Ctrl-C. @throws ReimageError */
export async function runSimulator(options: SimulatorCommandOptions, { io, env }: CliDeps): Promise<number> {
  const given = credentialsOf(env);
  const simulator = await start({ ...(await filesOf(options)), ...given });
  // From before it is said: whoever reads it may answer with Ctrl-C at once.
  const interrupted = untilInterrupted(io);
  for (const line of usageLines(simulator, given.credentials === undefined)) io.out(line);
  await interrupted;
  io.err('simulator: closing');
  await simulator.close();
  return OK;
}

async function filesOf({ state, scenario, port, compress }: SimulatorCommandOptions): Promise<SimulatorOptions> {
  try {
    return {
      ...(port !== undefined && { port }),
      ...(compress !== undefined && { compress }),
      ...(state !== undefined && { state: await loadState(state) }),
      ...(scenario !== undefined && { scenario: await loadScenario(scenario) }),
    };
  } catch (error) {
    const field =
      error instanceof Error && state !== undefined && error.message.startsWith(state) ? 'state' : 'scenario';
    throw new ReimageInvalidInputError(error instanceof Error ? error.message : String(error), field);
  }
}

async function start(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ReimageInvalidInputError(`It cannot listen on port ${options.port ?? 0}: ${said}`, 'port');
  }
}

function credentialsOf(env: Env): Pick<SimulatorOptions, 'credentials'> {
  const accessKey = env['JDCLOUD_ACCESS_KEY'];
  const secretKey = env['JDCLOUD_SECRET_KEY'];
  const sessionToken = env['JDCLOUD_SESSION_TOKEN'];
  if (!accessKey || !secretKey) return {};
  return { credentials: { accessKey, secretKey, ...(sessionToken && { sessionToken }) } };
}

/** Credentials that came from the environment are not repeated: they may be real ones. */
function usageLines({ endpoint, regionId, credentials }: Simulator, isGenerated: boolean): string[] {
  return [
    `simulator of JD Cloud's VM API: ${endpoint}`,
    '',
    'In the shell of worker and CLI:',
    `  export JDCLOUD_ENDPOINT=${endpoint}`,
    `  export JDCLOUD_REGION=${regionId}`,
    ...(isGenerated
      ? [`  export JDCLOUD_ACCESS_KEY=${credentials.accessKey}`, `  export JDCLOUD_SECRET_KEY=${credentials.secretKey}`]
      : ['  (JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY as here)']),
    '',
    'Ctrl-C ends it.',
  ];
}
