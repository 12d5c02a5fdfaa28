import { describeSkew, STALE_DATE_MS } from '../../../jdcloud/answer-clock.js';
import { ClockSkewError, JdCloudError, RefusedError } from '../../../jdcloud/errors.js';
import type { VmApi } from '../../../jdcloud/vm-api.js';
import { fail, ok, warn, type Check } from './check.js';

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
  if (Number.isNaN(date)) return warn('clock', `${endpoint} tells no time`, 'Mend the check of jdcloud first.');
  const skewMs = (askedAt + now().getTime()) / 2 - date;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= STALE_DATE_MS) return ok('clock', `within ${Math.max(1, seconds)} s of JD Cloud's`);
  return warn(
    'clock',
    describeSkew(skewMs),
    'Set the clock (NTP): JD Cloud may refuse the date of a call, and a worker then has to correct it.',
  );
}
