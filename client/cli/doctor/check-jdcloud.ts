import { JdCloudError, RefusedError } from '../../../jdcloud/errors.js';
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

/** More than this and people should look; JD Cloud names no limit, and our simulator assumes 15 minutes. */
const SKEW_WARN_MS = 60_000;

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
    return fail(
      'jdcloud',
      'refused',
      message,
      'Check JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY (or ~/.jdc), the region, the right to describe VMs, and the clock.',
    );
  }
}

/** Compares this machine's clock with JD Cloud's: a signature with a wrong date is refused. */
export async function checkClock({ endpoint, readDate, now }: CloudUnderTest): Promise<Check> {
  const askedAt = now().getTime();
  const date = Date.parse((await readDate(endpoint).catch(() => null)) ?? '');
  if (Number.isNaN(date)) return warn('clock', `${endpoint} tells no time`, 'Mend the check of jdcloud first.');
  const skewMs = (askedAt + now().getTime()) / 2 - date;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= SKEW_WARN_MS) return ok('clock', `within ${Math.max(1, seconds)} s of JD Cloud's`);
  const way = skewMs > 0 ? 'ahead of' : 'behind';
  return warn(
    'clock',
    `${seconds} s ${way} JD Cloud's`,
    'Set the clock (NTP): signatures carry the date and may be refused.',
  );
}
