import { createRequire } from 'node:module';
import type { Command } from 'commander';
import * as z from 'zod';
import { FAILURES } from '../../../../contracts/failures.js';
import { RegionId } from '../../../../contracts/ids.js';
import { CODEC_KEYS_VARIABLE } from '../../../../temporal/encryption/codec-keys.js';
import { packageVersion } from '../../../../temporal/package-version.js';
import { openCodecKeys } from '../../../connection/connection.js';
import type { CliDeps, Env, Style } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { oneLine, padToWidth } from '../../io/text.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { cliCommand } from '../../options/parse-options.js';
import { checkClock, checkCloud, checkCredentials, openCloud } from './check-jdcloud.js';
import { checkEncryption, checkFreeze, checkTemporal } from './check-temporal.js';
import { checkKeys, checkWorkerAnswers } from './check-workers.js';
import { type Check, fail, ok, warn } from './check.js';

const MORE = `
Checks the Temporal server, its search attributes, the workers, the keys of payload encryption, JD Cloud's
endpoint and credentials, the clock and the versions, and says how to mend what is wrong. Touches nothing.
Exit code 0 when nothing fails, 7 when something cannot be reached, 3 when something refuses us.

Example:
  $ reimage doctor --region cn-north-1 --output json`;

/** Defines `reimage doctor`. */
export function defineDoctor(command: Command, { dispatch }: Parsing): void {
  command
    .option('--region <region>', 'JD Cloud region to ask (default: JDCLOUD_REGION, else cn-north-1)')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((options: object) => dispatch(cliCommand('doctor', DoctorOptions, runDoctor), { ...options }));
}

/** What stands on the command line of `doctor`. */
export const DoctorOptions = z.strictObject({ region: RegionId.optional(), output: z.enum(OUTPUTS) });
export type DoctorOptions = z.output<typeof DoctorOptions>;

/** Looks at everything that a rebuild needs, and tells how to mend what is wrong. Touches nothing. @throws ReimageError */
export async function runDoctor({ region, output }: DoctorOptions, { io, env, connect }: CliDeps): Promise<number> {
  // Nothing that is asked holds payloads: keys that cannot be read must not hide the server.
  const inClear = { ...env, [CODEC_KEYS_VARIABLE]: undefined };
  const [temporal, encryption, cloud] = await Promise.all([
    checkTemporal(() => connect({ env: inClear }), io.now),
    checkEncryption(env),
    checkJdCloud(() => openCloud(env, region)),
  ]);
  const versions = checkVersions({ reimage: packageVersion(), node: process.versions.node, sdk: sdkVersion() });
  const isAway = temporal.some(({ name, status }) => name === 'temporal' && status === 'fail');
  const freeze = isAway ? [] : [await checkFreeze(connect)];
  const isPolled = temporal.some(({ name, status }) => name === 'worker' && status === 'ok');
  const ownKeys = await readOwnKeys(env);
  const own = { version: packageVersion(), keys: ownKeys, now: io.now };
  const asking = () => connect(ownKeys === null ? { env: inClear } : {});
  const workers = isPolled ? await checkWorkerAnswers(asking, own) : [];
  const keys = isAway || encryption.status === 'fail' ? [] : [await checkKeys(connect)];
  const checks = [versions, ...temporal, ...workers, ...freeze, encryption, ...keys, ...cloud];
  const exitCode = exitCodeOfChecks(checks);
  if (output === 'json') io.out(JSON.stringify({ ok: exitCode === OK, checks }));
  else for (const line of renderDoctor(checks, io.colourOut)) io.out(line);
  return exitCode;
}

/** Ids of the keys of encryption that are set here; null where they cannot be read. */
async function readOwnKeys(env: Env): Promise<string[] | null> {
  try {
    return ((await openCodecKeys(env)) ?? []).map(({ id }) => id);
  } catch {
    return null;
  }
}

async function checkJdCloud(open: () => ReturnType<typeof openCloud>): Promise<Check[]> {
  try {
    const cloud = await open();
    try {
      // The credentials first: to have them may take a command longer than a call may take.
      const credentials = await checkCredentials(cloud.credentials, cloud.now);
      return [credentials, ...(await Promise.all([checkCloud(cloud), checkClock(cloud)]))];
    } finally {
      cloud.close();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [fail('jdcloud', 'refused', message, 'Correct the JDCLOUD_* variables or the profile in ~/.jdc.')];
  }
}

/** 7 before 3: what cannot be reached hides what it would refuse. */
export function exitCodeOfChecks(checks: readonly Check[]): number {
  const failed = checks.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return OK;
  const isAway = failed.some(({ because }) => because === 'unreachable');
  return (isAway ? FAILURES.TemporalUnreachable : FAILURES.CredentialsRefused).exitCode;
}

/** The oldest Node that the package runs on, as its `engines` say. */
const OLDEST_NODE = [20, 20, 2] as const;

/** Versions of what runs here, for a report; warns of a Node that is too old. */
export function checkVersions(versions: {
  readonly reimage: string;
  readonly node: string;
  readonly sdk: string;
}): Check {
  const { reimage, node, sdk } = versions;
  const message = `reimage ${reimage}, Node ${node}, Temporal SDK ${sdk}, ${process.platform} ${process.arch}`;
  const isOld = compare(node.split('.').map(Number), OLDEST_NODE) < 0;
  return isOld ? warn('versions', message, `Use Node ${OLDEST_NODE.join('.')} or newer.`) : ok('versions', message);
}

/** The version of the Temporal SDK that is installed. */
export function sdkVersion(): string {
  const content: unknown = createRequire(import.meta.url)('@temporalio/client/package.json');
  return typeof content === 'object' && content !== null && 'version' in content ? String(content.version) : 'unknown';
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of b.entries()) {
    const difference = (a[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<Check['status'], Style>;

/** One line a check, and below it how to mend what is wrong. */
export function renderDoctor(checks: readonly Check[], colour: (style: Style, text: string) => string): string[] {
  return checks.flatMap(({ name, status, message, mend }) => [
    `${colour(STYLES[status], padToWidth(status, 4))}  ${padToWidth(name, 17)}  ${oneLine(message)}`,
    ...(mend === null ? [] : [`      ${oneLine(mend)}`]),
  ]);
}
