import * as z from 'zod';
import type { HttpClient } from './http-client.js';
import { checkIds, imageQuery } from './list-queries.js';
import { listOf, pageOf } from './list-results.js';
import { listPairs, scalarPairs } from './query-encoding.js';
import { Image, ImageConstraints } from './schemas.js';
import type { ImageRef, VmApi } from './vm-api.js';

const IMAGE_LIST = pageOf('images', Image);
const CONSTRAINTS_LIST = listOf('imageConstraints', ImageConstraints);

type ImageApi = Pick<
  VmApi,
  'describeImage' | 'describeImages' | 'describeImageConstraints' | 'describeImageConstraintsBatch' | 'deleteImage'
>;

/** The operations on images, save createImage, which acts on a VM. */
export function createImageApi(http: HttpClient): ImageApi {
  return {
    async describeImage(image, options) {
      const shape = z.looseObject({ image: Image });
      const call = { operation: 'describeImage', method: 'GET', result: shape, ...oneImage(image) } as const;
      const { requestId, result } = await http.call(call, options);
      return { requestId, image: result.image };
    },

    async describeImages(query, options) {
      const call = { operation: 'describeImages', about: `in ${query.regionId}`, regionId: query.regionId };
      const { requestId, result } = await http.call(
        { ...call, method: 'GET', path: ['images'], query: imageQuery(call, query), result: IMAGE_LIST },
        options,
      );
      return { requestId, images: result.items, totalCount: result.totalCount };
    },

    async describeImageConstraints(image, options) {
      const result = z.looseObject({ imageConstraints: ImageConstraints });
      const { path, ...rest } = oneImage(image);
      const call = { operation: 'describeImageConstraints', method: 'GET', result, ...rest } as const;
      const answer = await http.call({ ...call, path: [...path, 'constraints'] }, options);
      return { requestId: answer.requestId, imageConstraints: answer.result.imageConstraints };
    },

    async describeImageConstraintsBatch({ regionId, imageIds }, options) {
      const call = { operation: 'describeImageConstraintsBatch', about: `in ${regionId}`, regionId };
      checkIds(call, 'imageIds', imageIds);
      const { requestId, result } = await http.call(
        {
          ...call,
          method: 'GET',
          path: ['imageConstraints'],
          query: listPairs('ids', imageIds),
          result: CONSTRAINTS_LIST,
        },
        options,
      );
      return { requestId, imageConstraints: result.items };
    },

    async deleteImage({ deleteSnapshot, ...image }, options) {
      const query = scalarPairs({ deleteSnapshot });
      const result = z.unknown();
      const call = { operation: 'deleteImage', method: 'DELETE', query, result, ...oneImage(image) } as const;
      const { requestId } = await http.call(call, options);
      return { requestId };
    },
  };
}

function oneImage({ regionId, imageId }: ImageRef) {
  return { about: `of ${imageId}`, regionId, path: ['images', imageId] };
}
