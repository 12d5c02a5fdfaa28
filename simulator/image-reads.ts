import { failedPrecondition } from './api-error.js';
import type { ApiCall, Handler } from './api-call.js';
import { constraintsView, imageView } from './image-view.js';
import { LIST_PAGES, pageOf, readPage } from './paging.js';
import type { QueryReader } from './query-reader.js';
import type { ImageState } from './region-state.js';

const SOURCES = ['public', 'thirdparty', 'private', 'shared', 'community'];

export const describeImage: Handler = (call) => ({ image: imageView(imageOf(call)) });

export const describeImageConstraints: Handler = (call) => ({ imageConstraints: constraintsView(imageOf(call)) });

/** Public and third-party images only; others are left out of the answer. */
export const describeImageConstraintsBatch: Handler = ({ region, query }) => {
  const ids = query.list('ids');
  const limited = [...region.images.values()].filter(
    ({ imageId, imageSource, visible }) =>
      visible && ids.includes(imageId) && (imageSource === 'public' || imageSource === 'thirdparty'),
  );
  return { imageConstraints: limited.map(constraintsView) };
};

export const describeImages: Handler = ({ region, query }) => {
  const page = readPage(query, LIST_PAGES);
  const passes = imageFilter(query);
  const matching = [...region.images.values()]
    .filter((image) => image.visible && passes(image))
    .toSorted((a, b) => (a.createTime < b.createTime ? 1 : a.createTime > b.createTime ? -1 : 0));
  return { images: pageOf(matching, page).map(imageView), totalCount: matching.length };
};

function imageFilter(query: QueryReader): (image: ImageState) => boolean {
  const ids = query.list('ids');
  const source = query.word('imageSource', SOURCES);
  if (ids.length === 0 && source === null) throw failedPrecondition('Parameter ImageSource missing');
  const offline = query.flag('offline') ?? false;
  const name = query.text('imageName');
  const launchPermission = query.word('launchPermission', ['all', 'specifiedUsers', 'ownerOnly']);
  const equal = (['platform', 'status'] as const).map((key) => [key, query.text(key)] as const);
  const rootDeviceType = query.word('rootDeviceType', ['localDisk', 'cloudDisk']);
  const architecture = query.word('architecture', ['x86_64', 'arm64']);
  const bootMode = query.word('bootMode', ['bios', 'uefi']);
  return (image) => {
    const isOfficial = image.imageSource === 'public' || image.imageSource === 'thirdparty';
    return (
      (ids.length === 0 || ids.includes(image.imageId)) &&
      (source === null || image.imageSource === source) &&
      (ids.length > 0 || !isOfficial || image.offline === offline) &&
      (name === null || image.name.includes(name)) &&
      (launchPermission === null || source !== 'private' || image.launchPermission === launchPermission) &&
      equal.every(([key, value]) => value === null || image[key] === value) &&
      (rootDeviceType === null || image.rootDeviceType === rootDeviceType) &&
      (architecture === null || image.architecture === architecture) &&
      (bootMode === null || image.bootMode === bootMode)
    );
  };
}

function imageOf({ region, pathParams }: ApiCall): ImageState {
  return region.image(pathParams['imageId'] ?? '');
}
