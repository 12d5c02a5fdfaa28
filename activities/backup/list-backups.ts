import { BACKUP_NAME_PREFIX, type BackupImage, backupOf } from '../../contracts/backup.js';
import { allPages } from '../../jdcloud/list-queries.js';
import type { Image } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { cloudTimeMs } from '../runtime/time.js';

export type ListApi = Pick<VmApi, 'describeImages' | 'describeInstances'>;

/** Which backups: all of a region, or of one VM in it. */
export interface BackupScope {
  readonly regionId: string;
  readonly instanceId?: string | undefined;
}

/** Most values that a filter takes. */
const MOST_VALUES = 100;

/**
 * The backup images that Reimage has made, newest first; those whose age JD Cloud does not tell come before all others.
 * @throws JdCloudError
 */
export async function readBackups(
  api: ListApi,
  { regionId, instanceId }: BackupScope,
  signal: AbortSignal,
): Promise<BackupImage[]> {
  const images = await readPrivateImages(api, { regionId, imageName: BACKUP_NAME_PREFIX }, signal);
  const ours = images.flatMap((image) => {
    const backup = toBackup(image, regionId);
    return backup === null || (instanceId !== undefined && backup.instanceId !== instanceId) ? [] : [backup];
  });
  const users = await readUsers(api, { regionId, imageIds: ours.map(({ imageId }) => imageId) }, signal);
  return ours
    .map((backup) => ({ ...backup, usedBy: users.get(backup.imageId) ?? [] }))
    .toSorted((a, b) => bornMs(b) - bornMs(a));
}

/** Images of the account's own whose name holds a text: what others share may be named and described like ours. @throws JdCloudError */
export async function readPrivateImages(
  api: Pick<VmApi, 'describeImages'>,
  query: { readonly regionId: string; readonly imageName: string },
  signal: AbortSignal,
): Promise<Image[]> {
  const images = await allPages(
    async (page) => {
      const { images, totalCount } = await api.describeImages(
        { ...query, ...page, imageSource: 'private' },
        { signal },
      );
      return { items: images, totalCount };
    },
    ({ imageId }) => imageId,
  );
  return images.filter(({ imageSource }) => !imageSource || imageSource === 'private');
}

/** Which VMs have which of these images as theirs now. @throws JdCloudError */
export async function readUsers(
  api: Pick<VmApi, 'describeInstances'>,
  { regionId, imageIds }: { readonly regionId: string; readonly imageIds: readonly string[] },
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  for (let first = 0; first < imageIds.length; first += MOST_VALUES) {
    const filters = [{ name: 'imageId', values: imageIds.slice(first, first + MOST_VALUES) }];
    const vms = await allPages(
      async (page) => {
        const { instances, totalCount } = await api.describeInstances({ regionId, ...page, filters }, { signal });
        return { items: instances, totalCount };
      },
      ({ instanceId }) => instanceId,
    );
    for (const { imageId, instanceId } of vms) {
      if (imageId) users.set(imageId, [...(users.get(imageId) ?? []), instanceId]);
    }
  }
  return users;
}

/** An image as a backup, its users still unknown; null for an image that is none. */
export function toBackup(image: Image, regionId: string): BackupImage | null {
  const { imageId, name, desc: description, status, createTime, imageSource } = image;
  const instanceId = backupOf({ name, description }, regionId);
  if (instanceId === null || !name || imageSource !== 'private') return null;
  const at = createTime ? cloudTimeMs(createTime) : Number.NaN;
  const createdAt = Number.isNaN(at) ? null : new Date(at).toISOString();
  return { imageId, name, instanceId, status: status ?? 'unknown', createdAt, usedBy: [] };
}

/** When a backup was made, in milliseconds since 1970; later than all others where that is not known. */
export function bornMs({ createdAt }: BackupImage): number {
  return createdAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(createdAt);
}
