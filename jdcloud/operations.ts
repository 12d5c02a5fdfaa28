import * as z from 'zod';
import type { ApiCall } from './api-call.js';
import type { HttpClient } from './http-client.js';
import { checkIds, imageQuery, instanceQuery, listOf, pageOf } from './list-queries.js';
import { listPairs, scalarPairs } from './query-encoding.js';
import { Image, ImageConstraints, Instance, InstanceCustomData, InstanceStatus } from './schemas.js';
import type { CallOptions, ChangeOptions, ImageRef, InstanceQuery, InstanceRef, VmApi } from './vm-api.js';

const INSTANCE_LIST = pageOf('instances', Instance);
const STATUS_LIST = pageOf('instanceStatuses', InstanceStatus);
const CUSTOM_DATA_LIST = pageOf('customData', InstanceCustomData);

type InstanceReads = Pick<
  VmApi,
  | 'describeInstance'
  | 'describeInstances'
  | 'describeBriefInstances'
  | 'describeInstanceStatus'
  | 'describeInstancesCustomData'
>;
type InstanceActions = Pick<VmApi, 'stopInstance' | 'startInstance' | 'rebuildInstance' | 'createImage'>;

/** The operations on VMs. */
export function createInstanceApi(http: HttpClient): InstanceReads & InstanceActions {
  return { ...createInstanceReads(http), ...createInstanceActions(http) };
}

function createInstanceReads(http: HttpClient): InstanceReads {
  return {
    async describeInstance({ regionId, instanceId }, options) {
      const { requestId, result } = await http.call(
        {
          operation: 'describeInstance',
          about: `of ${instanceId}`,
          method: 'GET',
          regionId,
          path: ['instances', instanceId],
          result: z.looseObject({ instance: Instance }),
        },
        options,
      );
      return { requestId, instance: result.instance };
    },

    async describeInstances(query, options) {
      const list = { operation: 'describeInstances', path: ['instances'], result: INSTANCE_LIST };
      const { items, ...rest } = await listInstances(http, list, query, options);
      return { ...rest, instances: items };
    },

    async describeBriefInstances(query, options) {
      const list = { operation: 'describeBriefInstances', path: ['instances'], result: INSTANCE_LIST };
      const { items, ...rest } = await listInstances(http, { ...list, action: list.operation }, query, options);
      return { ...rest, instances: items };
    },

    async describeInstanceStatus(query, options) {
      const list = { operation: 'describeInstanceStatus', path: ['instanceStatus'], result: STATUS_LIST };
      const { items, ...rest } = await listInstances(http, list, query, options);
      return { ...rest, instanceStatuses: items };
    },

    async describeInstancesCustomData(query, options) {
      const list = {
        operation: 'describeInstancesCustomData',
        path: ['instancesCustomData'],
        result: CUSTOM_DATA_LIST,
      };
      const { items, ...rest } = await listInstances(http, { ...list, maxPage: 10 }, query, options);
      return { ...rest, customData: items };
    },
  };
}

function createInstanceActions(http: HttpClient): InstanceActions {
  return {
    async stopInstance(vm, body, options) {
      const { requestId } = await act(http, vm, { operation: 'stopInstance', body, result: z.unknown() }, options);
      return { requestId };
    },

    async startInstance(vm, options) {
      const action = { operation: 'startInstance', body: {}, result: z.unknown() };
      const { requestId } = await act(http, vm, action, options);
      return { requestId };
    },

    async rebuildInstance(vm, body, options) {
      const secrets = [body.password ?? '', ...(body.userdata ?? []).map(({ value }) => value)];
      const action = { operation: 'rebuildInstance', body, secrets, isUrgent: true, result: z.unknown() };
      const { requestId } = await act(http, vm, action, options);
      return { requestId };
    },

    async createImage(vm, body, options) {
      const action = { operation: 'createImage', body, result: z.looseObject({ imageId: z.string().min(1) }) };
      const { requestId, result } = await act(http, vm, action, options);
      return { requestId, imageId: result.imageId };
    },
  };
}

interface InstanceList<Item> {
  readonly operation: string;
  readonly path: readonly string[];
  readonly action?: string;
  readonly maxPage?: number;
  readonly result: z.ZodType<{ items: Item[]; totalCount: number }>;
}

async function listInstances<Item>(
  http: HttpClient,
  { maxPage, ...list }: InstanceList<Item>,
  query: InstanceQuery,
  options: CallOptions | undefined,
) {
  const call = { ...list, about: `in ${query.regionId}`, regionId: query.regionId };
  const pairs = instanceQuery(call, query, maxPage);
  const { requestId, result } = await http.call({ ...call, method: 'GET', query: pairs }, options);
  return { requestId, items: result.items, totalCount: result.totalCount };
}

function act<Result>(
  http: HttpClient,
  { regionId, instanceId }: InstanceRef,
  action: Pick<ApiCall<Result>, 'operation' | 'body' | 'secrets' | 'isUrgent' | 'result'>,
  options: ChangeOptions,
) {
  const path = ['instances', instanceId];
  const about = `of ${instanceId}`;
  return http.call({ ...action, about, method: 'POST', regionId, path, action: action.operation }, options);
}

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
