import type { ApiCall, Handler } from '../wire/api-call.js';
import { readImageFilter } from './image-filters.js';
import { constraintsView, imageView } from './image-view.js';
import { LIST_PAGES, pageOf, readPage } from './paging.js';
import { unknownImage } from '../region/live-region.js';
import type { ImageState } from '../region-state.js';

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
