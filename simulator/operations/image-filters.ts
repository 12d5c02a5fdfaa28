import { failedPrecondition } from '../wire/api-error.js';
import type { QueryReader } from '../wire/query-reader.js';
import { IMAGE_SOURCES, type ImageState } from '../region-state.js';

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
