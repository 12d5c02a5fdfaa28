import axios from 'axios';
import { describeSkew, STALE_DATE_MS } from '../../../../jdcloud/clocks.js';
import type { FoundCredentials } from '../../../../jdcloud/credential-source.js';
import { ClockSkewError, JdCloudError, RefusedError } from '../../../../jdcloud/errors.js';
import type { VmApi } from '../../../../jdcloud/vm-api.js';
import { type OnWaiting, tellingWait } from '../../../../temporal/waiting.js';
import type { Env } from '../../io/deps.js';
import { openVmClient } from '../vm-client.js';
import { type Check, fail, ok, warn } from './check.js';

/** JD Cloud as these settings reach it. */
export interface CloudUnderTest {
  readonly api: Pick<VmApi, 'describeInstances'>;
  readonly endpoint: string;
  readonly regionId: string;
  /** Sends a bare request and gives the header Date of whatever answer comes; null when there is none. */
  readonly readDate: (endpoint: string) => Promise<string | null>;
  readonly now: () => Date;
}

/** Checks endpoint and credentials by listing one page of VMs, which touches nothing. */
export async function checkCloud({ api, endpoint, regionId }: CloudUnderTest): Promise<Check> {
  try {
    const { totalCount } = await api.describeInstances({ regionId, pageNumber: 1, pageSize: 10 });
    return ok('jdcloud', `${endpoint} took the credentials; ${totalCount} VMs in ${regionId}`);
  } catch (error) {
    if (!(error instanceof JdCloudError)) throw error;
    const message = error.message;
    if (!(error instanceof RefusedError)) {
      return fail('jdcloud', 'unreachable', message, 'Check JDCLOUD_ENDPOINT and the network; is the endpoint up?');
    }
    if (error instanceof ClockSkewError) {
      return fail('jdcloud', 'refused', message, 'Set the clock of this machine (NTP): it is no matter of the keys.');
    }
    return fail(
      'jdcloud',
      'refused',
      message,
      'Check JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY (or ~/.jdc), the region, the right to describe VMs, and the clock.',
    );
  }
}

/**
 * Compares this machine's clock with JD Cloud's. A worker corrects the dates of its calls once JD Cloud has refused one,
 * so that calls may succeed all the same.
 */
export async function checkClock({ endpoint, readDate, now }: CloudUnderTest): Promise<Check> {
  const askedAt = now().getTime();
  const date = Date.parse((await readDate(endpoint).catch(() => null)) ?? '');
  if (Number.isNaN(date))
    return warn('clock', `${endpoint} reports no time`, 'Fix what the check of jdcloud says first.');
  const skewMs = (askedAt + now().getTime()) / 2 - date;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= STALE_DATE_MS) return ok('clock', `within ${Math.max(1, seconds)} s of JD Cloud's`);
  return warn(
    'clock',
    describeSkew(skewMs),
    'Set the clock (NTP): JD Cloud may refuse the date of a call, and a worker then has to correct it.',
  );
}

/** How to have credentials that renew. */
const RENEWING = 'Let a command renew them, JDCLOUD_CREDENTIALS_COMMAND, or keep them in a profile of `jdc`.';

/** Says where the credentials come from and when they expire, and never what they are. */
export async function checkCredentials(provide: () => Promise<FoundCredentials>, now: () => Date): Promise<Check> {
  try {
    return judged(await provide(), now());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail('credentials', 'refused', message, 'Correct the JDCLOUD_* variable, the profile or the command.');
  }
}

function judged({ from, expiresAt, sessionToken, renews }: FoundCredentials, now: Date): Check {
  const token = sessionToken === undefined ? '' : ', with a session token';
  if (expiresAt === null) {
    if (sessionToken === undefined) return ok('credentials', `from ${from}; they do not expire`);
    const said = `from ${from}${token}; when it expires is not told`;
    return renews ? ok('credentials', said) : warn('credentials', `${said}, and no other can be had`, RENEWING);
  }
  const minutes = Math.round((Date.parse(expiresAt) - now.getTime()) / 60_000);
  if (minutes < 0)
    return warn('credentials', `from ${from}${token}; expired at ${expiresAt}`, `Renew them there. ${RENEWING}`);
  return ok('credentials', `from ${from}${token}; good until ${expiresAt}, in ${minutes} min`);
}

const TIMEOUT_MS = 5_000;

/** Files and commands have time limits of their own. */
const CREDENTIALS = { what: 'credentials for JD Cloud', forMs: null };

/** JD Cloud under test, and where the credentials for it come from. */
export interface OpenCloud extends CloudUnderTest {
  readonly credentials: () => Promise<FoundCredentials>;
  readonly close: () => void;
}

/**
 * JD Cloud as a worker with this environment would reach it.
 * @throws Error that lists what is wrong with the settings
 */
export async function openCloud(env: Env, region: string | undefined): Promise<OpenCloud> {
  const { api, endpoint, regionId, credentials } = await openVmClient(env, TIMEOUT_MS);
  return {
    api,
    endpoint,
    credentials: () => credentials(),
    regionId: region ?? regionId ?? 'cn-north-1',
    readDate,
    now: () => new Date(),
    close: () => api.close(),
  };
}

async function readDate(endpoint: string): Promise<string | null> {
  const { headers } = await axios.request<unknown>({
    url: endpoint,
    method: 'HEAD',
    timeout: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    maxRedirects: 0,
    proxy: false,
    validateStatus: () => true,
  });
  const date: unknown = headers['date'];
  return typeof date === 'string' ? date : null;
}

/** Checks credentials, endpoint and clock, and tells what it waits for. @param open - throws what is wrong with the settings */
export async function checkJdCloud(open: () => Promise<OpenCloud>, tell: OnWaiting): Promise<Check[]> {
  try {
    const cloud = await tellingWait(tell, CREDENTIALS, open);
    try {
      // The credentials first: to have them may take a command longer than a call may take.
      const credentials = await tellingWait(tell, CREDENTIALS, () => checkCredentials(cloud.credentials, cloud.now));
      const waitFor = { what: `JD Cloud at ${cloud.endpoint}`, forMs: TIMEOUT_MS };
      const answers = () => Promise.all([checkCloud(cloud), checkClock(cloud)]);
      return [credentials, ...(await tellingWait(tell, waitFor, answers))];
    } finally {
      cloud.close();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [fail('jdcloud', 'refused', message, 'Correct the JDCLOUD_* variables or the profile in ~/.jdc.')];
  }
}
