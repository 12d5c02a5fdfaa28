import { createRequire } from 'node:module';
import type { Command } from 'commander';
import * as z from 'zod';
import { FAILURES } from '../../../../contracts/failures.js';
import { RegionId } from '../../../../contracts/ids.js';
import { CODEC_KEYS_VARIABLE } from '../../../../temporal/encryption/codec-keys.js';
import { packageVersion } from '../../../../temporal/package-version.js';
import { tellingWait } from '../../../../temporal/waiting.js';
import { openCodecKeys } from '../../../connection/connection.js';
import type { CliDeps, Env, Style } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { oneLine, padToWidth } from '../../io/text.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { cliCommand } from '../../options/parse-options.js';
import { tellOnStderr } from '../../render/progress.js';
import { checkJdCloud, openCloud } from './check-jdcloud.js';
import { checkEncryption, checkFreeze, checkTemporal } from './check-temporal.js';
import { checkKeys, checkWorkerAnswers } from './check-workers.js';
import { type Check, ok, warn } from './check.js';

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

/**
 * Looks at everything that a rebuild needs, and tells how to mend what is wrong. All of it is looked at side by side; each
 * line is written once those above it are. Touches nothing. @throws ReimageError
 */
export async function runDoctor({ region, output }: DoctorOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const checks: Check[] = [];
  const begun = beginChecks(region, deps);
  // One that fails is awaited in its turn.
  for (const each of begun) each.catch(() => undefined);
  for (const each of begun) {
    const made = await each;
    checks.push(...made);
    if (output === 'text') for (const line of renderDoctor(made, io.colourOut)) io.out(line);
  }
  const exitCode = exitCodeOfChecks(checks);
  if (output === 'json') io.out(JSON.stringify({ ok: exitCode === OK, checks }));
  return exitCode;
}

/** In the order in which they are shown. */
function beginChecks(region: string | undefined, { io, env, connect }: CliDeps): readonly Promise<Check[]>[] {
  const tell = tellOnStderr(io);
  // Nothing that is asked holds payloads: keys that cannot be read must not hide the server.
  const inClear = { ...env, [CODEC_KEYS_VARIABLE]: undefined };
  const versions = checkVersions({ reimage: packageVersion(), node: process.versions.node, sdk: sdkVersion() });
  const temporal = checkTemporal(() => connect({ env: inClear }), io.now, tell);
  const ownKeys = tellingWait(tell, KEYS, () => readOwnKeys(env));
  const encryption = tellingWait(tell, KEYS, () => checkEncryption(env));
  const workers = temporal.then(async (seen) => {
    if (!isGood(seen, 'worker')) return [];
    const keys = await ownKeys;
    const asking = () => connect(keys === null ? { env: inClear } : {});
    return await checkWorkerAnswers(asking, { version: packageVersion(), keys, now: io.now });
  });
  const freeze = temporal.then(async (seen) => (isGood(seen, 'temporal') ? [await checkFreeze(connect)] : []));
  const keysInUse = Promise.all([temporal, encryption]).then(async ([seen, own]) => {
    if (!isGood(seen, 'temporal') || own.status === 'fail') return [];
    return [await tellingWait(tell, KEYS_IN_USE, () => checkKeys(connect))];
  });
  const cloud = checkJdCloud(() => openCloud(env, region), tell);
  return [Promise.resolve([versions]), temporal, workers, freeze, encryption.then((own) => [own]), keysInUse, cloud];
}

const KEYS = { what: `the keys of ${CODEC_KEYS_VARIABLE}`, forMs: null };
const KEYS_IN_USE = { what: 'what is encrypted by which key to be counted', forMs: null };

function isGood(checks: readonly Check[], name: string): boolean {
  return checks.some((check) => check.name === name && check.status === 'ok');
}

/** Ids of the keys of encryption that are set here; null where they cannot be read. */
async function readOwnKeys(env: Env): Promise<string[] | null> {
  try {
    return ((await openCodecKeys(env)) ?? []).map(({ id }) => id);
  } catch {
    return null;
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
