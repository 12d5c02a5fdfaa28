import * as z from 'zod';
import { FAILURES } from '../../contracts/failures.js';
import { RegionId } from '../../contracts/ids.js';
import { CODEC_KEYS_VARIABLE } from '../../temporal/codec-keys.js';
import { openCodecKeys } from '../codec-keys.js';
import type { CliDeps, Env } from './cli-deps.js';
import { fail, type Check } from './doctor/check.js';
import { checkCredentials } from './doctor/check-credentials.js';
import { checkEncryption } from './doctor/check-encryption.js';
import { checkFreeze } from './doctor/check-freeze.js';
import { checkKeys } from './doctor/check-keys.js';
import { checkClock, checkCloud } from './doctor/check-jdcloud.js';
import { checkTemporal } from './doctor/check-temporal.js';
import { checkWorkerAnswers } from './doctor/check-workers.js';
import { checkVersions, sdkVersion } from './doctor/check-versions.js';
import { openCloud } from './doctor/open-cloud.js';
import { OK } from './exit-codes.js';
import { OUTPUTS } from './output-option.js';
import { packageVersion } from './package-version.js';
import { renderDoctor } from './render-doctor.js';

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
