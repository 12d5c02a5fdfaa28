import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { CredentialsError, RefusedError } from '../../jdcloud/errors.js';
import type { Quota } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';

/**
 * How many private images the account may have in the region, and has; undefined when no backup is asked for. Null when
 * JD Cloud does not say, or not to us: the rebuild can still be done, since createImage tells it too.
 * @throws JdCloudError when the read fails for another reason
 */
export async function readImageQuota(
  api: Pick<VmApi, 'describeQuotas'>,
  { backup, regionId }: Pick<RebuildRequest, 'backup' | 'regionId'>,
  signal: AbortSignal,
): Promise<Quota | null | undefined> {
  if (backup !== 'image') return undefined;
  try {
    const { quotas } = await api.describeQuotas({ regionId, resourceTypes: ['image'] }, { signal });
    return quotas.find(({ resourceType }) => resourceType === 'image') ?? null;
  } catch (error) {
    if (error instanceof RefusedError && !(error instanceof CredentialsError)) return null;
    throw error;
  }
}
