import { failedPrecondition, invalidArgument } from '../model/api-error.js';
import { derivedId, IMAGE_SOURCES, type ImageState, QUOTA_TYPES } from '../model/region-state.js';
import { unknownImage } from '../region/live-region.js';
import {
  type ApiCall,
  type Handler,
  LIST_PAGES,
  pageOf,
  type QueryFilter,
  type QueryReader,
  readPage,
  withoutEmpty,
} from './parameters.js';

export const describeImage: Handler = (call) => ({ image: imageView(imageOf(call)) });

export const describeImageConstraints: Handler = (call) => ({ imageConstraints: constraintsView(imageOf(call)) });

/** Public and third-party images only; others are left out of the answer. */
export const describeImageConstraintsBatch: Handler = ({ region, query, behind }) => {
  const ids = query.list('ids');
  const limited = region
    .imagesSeen(behind)
    .filter(
      ({ imageId, imageSource, visible }) =>
        visible && ids.includes(imageId) && (imageSource === 'public' || imageSource === 'thirdparty'),
    );
  return { imageConstraints: limited.map(constraintsView) };
};

export const describeImages: Handler = ({ region, query, behind }) => {
  const page = readPage(query, LIST_PAGES);
  const passes = readImageFilter(query);
  const matching = region
    .imagesSeen(behind)
    .filter((image) => image.visible && passes(image))
    .toSorted((a, b) => (a.createTime < b.createTime ? 1 : a.createTime > b.createTime ? -1 : 0));
  return { images: pageOf(matching, page).map(imageView), totalCount: matching.length };
};

function imageOf({ region, pathParams, behind }: ApiCall): ImageState {
  const imageId = pathParams['imageId'] ?? '';
  const image = region.imagesSeen(behind).find((each) => each.imageId === imageId && each.visible);
  if (image === undefined) throw unknownImage(imageId);
  return image;
}

type Test = (image: ImageState) => boolean;

/**
 * What describeImages is asked for; all parts must hold. Without ids and source JD Cloud refuses.
 * `offline` matters only for official images without ids, `launchPermission` only for private ones.
 * @throws ApiError 400
 */
export function readImageFilter(query: QueryReader): Test {
  const ids = query.list('ids');
  const source = query.word('imageSource', IMAGE_SOURCES);
  const offline = query.flag('offline') ?? false;
  const name = query.text('imageName') ?? '';
  const permission = query.word('launchPermission', ['all', 'specifiedUsers', 'ownerOnly']);
  if (ids.length === 0 && source === null) throw failedPrecondition('Parameter ImageSource missing');
  const isOfficial: Test = ({ imageSource }) => imageSource === 'public' || imageSource === 'thirdparty';
  const tests: Test[] = [
    ({ imageId }) => ids.length === 0 || ids.includes(imageId),
    (image) => ids.length > 0 || !isOfficial(image) || image.offline === offline,
    (image) => image.name.includes(name),
    equals(source, ({ imageSource }) => imageSource),
    equals(source === 'private' ? permission : null, ({ launchPermission }) => launchPermission),
    equals(query.text('platform'), ({ platform }) => platform),
    equals(query.text('status'), ({ status }) => status),
    equals(query.word('rootDeviceType', ['localDisk', 'cloudDisk']), ({ rootDeviceType }) => rootDeviceType),
    equals(query.word('architecture', ['x86_64', 'arm64']), ({ architecture }) => architecture),
    equals(query.word('bootMode', ['bios', 'uefi']), ({ bootMode }) => bootMode),
  ];
  return (image) => tests.every((test) => test(image));
}

function equals(wanted: string | null, read: (image: ImageState) => string): Test {
  return (image) => wanted === null || read(image) === wanted;
}

/** An Image as describeImage and describeImages show it: empty fields left out. */
export function imageView(image: ImageState): object {
  const { visible: _visible, protected: _protected, constraints: _constraints, encrypted, ...shown } = image;
  const { imageId, systemDiskSizeGB, rootDeviceType, snapshotId } = image;
  return withoutEmpty({
    ...shown,
    imported: false,
    uefiSupport: image.bootMode === 'uefi',
    systemDisk: {
      deviceName: 'vda',
      autoDelete: true,
      ...(rootDeviceType === 'cloudDisk'
        ? {
            diskCategory: 'cloud',
            cloudDisk: { diskType: 'ssd.gp1', diskSizeGB: systemDiskSizeGB, snapshotId, encrypted },
          }
        : { diskCategory: 'local', localDisk: { diskType: 'premium-hdd', diskSizeGB: systemDiskSizeGB } }),
    },
    dataDisks: image.dataDisks.map(({ deviceName, diskSizeGB }) => ({
      deviceName,
      autoDelete: true,
      diskCategory: 'cloud',
      cloudDisk: { diskType: 'ssd.gp1', diskSizeGB, snapshotId: derivedId('snapshot', `${imageId} ${deviceName}`) },
    })),
  });
}

/** Constraints of an image; the inner object is absent where there are none. */
export function constraintsView({ imageId, constraints }: ImageState): object {
  return withoutEmpty({ imageId, imageInstanceTypeConstraint: constraints });
}

export const describeKeypairs: Handler = ({ region, query }) => {
  const page = readPage(query, LIST_PAGES);
  const names = valuesOf(query.filters(), 'keyNames');
  const matching = region.keypairs
    .filter(({ keyName }) => names === null || names.includes(keyName))
    .toSorted((a, b) => (a.createTime < b.createTime ? 1 : a.createTime > b.createTime ? -1 : 0));
  const keypairs = pageOf(matching, page).map((keypair) => {
    const holders = [...region.vms.values()].filter((vm) => vm.keyNames.includes(keypair.keyName));
    return withoutEmpty({ ...keypair, instanceIds: holders.map(({ instanceId }) => instanceId) });
  });
  return { keypairs, totalCount: matching.length };
};

export const describeQuotas: Handler = ({ region, query }) => {
  const types = valuesOf(query.filters(), 'resourceTypes') ?? QUOTA_TYPES.filter((type) => type !== 'imageShare');
  const imageId = query.text('imageId');
  const unknown = types.find((type) => !QUOTA_TYPES.some((known) => known === type));
  if (unknown !== undefined) throw invalidArgument(`Invalid resourceType '${unknown}'`);
  if (types.includes('imageShare') && imageId === null) throw invalidArgument('Parameter ImageId missing');
  return { quotas: region.quotas().filter(({ resourceType }) => types.includes(resourceType)) };
};

/** Values of the only filter that is allowed; null when it is not there. */
function valuesOf(filters: readonly QueryFilter[], name: string): readonly string[] | null {
  const other = filters.find((filter) => filter.name !== name);
  if (other !== undefined) throw invalidArgument(`Invalid filter name '${other.name}'`);
  return filters.length === 0 ? null : filters.flatMap(({ values }) => values);
}
