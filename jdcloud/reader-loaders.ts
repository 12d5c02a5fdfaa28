import { UnavailableError } from './errors.js';
import type { Image, ImageConstraints, Instance, InstanceCustomData, Keypair } from './schemas.js';
import type { VmApi } from './vm-api.js';

/** The calls that a reader makes. */
export type ReaderApi = Pick<
  VmApi,
  | 'describeInstances'
  | 'describeBriefInstances'
  | 'describeImages'
  | 'describeImageConstraintsBatch'
  | 'describeKeypairs'
  | 'describeInstancesCustomData'
>;

/** What a batched answer says of one key: the thing, or null when it is not in the list. */
export interface Found<Item> {
  readonly item: Item | null;
  readonly requestId: string;
}

/** How one kind of thing is read by many keys at once. */
export interface Loader<Item> {
  readonly operation: string;
  readonly maxKeys: number;
  readonly load: (regionId: string, keys: readonly string[], signal: AbortSignal) => Promise<Map<string, Found<Item>>>;
}

export interface Loaders {
  readonly instances: Loader<Instance>;
  readonly briefInstances: Loader<Instance>;
  readonly images: Loader<Image>;
  readonly constraints: Loader<ImageConstraints>;
  readonly keypairs: Loader<Keypair>;
  readonly customData: Loader<InstanceCustomData>;
}

/** Makes the loader of each kind over the API's lists. */
export function createLoaders(api: ReaderApi): Loaders {
  return {
    instances: loader('describeInstances', 100, async (regionId, instanceIds, signal) => {
      const answer = await api.describeInstances({ regionId, instanceIds }, { signal });
      return { ...answer, items: answer.instances, keyOf: (instance: Instance) => instance.instanceId };
    }),
    briefInstances: loader('describeBriefInstances', 100, async (regionId, instanceIds, signal) => {
      const answer = await api.describeBriefInstances({ regionId, instanceIds }, { signal });
      return { ...answer, items: answer.instances, keyOf: (instance: Instance) => instance.instanceId };
    }),
    images: loader('describeImages', 100, async (regionId, imageIds, signal) => {
      const answer = await api.describeImages({ regionId, imageIds }, { signal });
      return { ...answer, items: answer.images, keyOf: (image: Image) => image.imageId };
    }),
    constraints: loader('describeImageConstraintsBatch', 100, async (regionId, imageIds, signal) => {
      const answer = await api.describeImageConstraintsBatch({ regionId, imageIds }, { signal });
      return {
        ...answer,
        items: answer.imageConstraints,
        keyOf: (constraints: ImageConstraints) => constraints.imageId,
      };
    }),
    keypairs: loader('describeKeypairs', 100, async (regionId, keyNames, signal) => {
      const answer = await api.describeKeypairs({ regionId, keyNames }, { signal });
      return { ...answer, items: answer.keypairs, keyOf: (keypair: Keypair) => keypair.keyName };
    }),
    customData: loader('describeInstancesCustomData', 10, async (regionId, instanceIds, signal) => {
      const answer = await api.describeInstancesCustomData({ regionId, instanceIds }, { signal });
      return { ...answer, items: answer.customData, keyOf: (data: InstanceCustomData) => data.instanceId };
    }),
  };
}

interface ListAnswer<Item> {
  readonly requestId: string;
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string | null | undefined;
  /** Absent from lists that know no pages. */
  readonly totalCount?: number;
}

function loader<Item>(
  operation: string,
  maxKeys: number,
  list: (regionId: string, keys: readonly string[], signal: AbortSignal) => Promise<ListAnswer<Item>>,
): Loader<Item> {
  return {
    operation,
    maxKeys,
    load: async (regionId, keys, signal) => {
      const answer = await list(regionId, keys, signal);
      const byKey = new Map(answer.items.map((item) => [answer.keyOf(item), item] as const));
      const isPart = answer.totalCount !== undefined && answer.totalCount > answer.items.length;
      if (isPart && keys.some((key) => !byKey.has(key))) throw incomplete(operation, regionId, answer.requestId);
      return new Map(keys.map((key) => [key, { item: byKey.get(key) ?? null, requestId: answer.requestId }]));
    },
  };
}

// On a page that is not the whole list, absence proves nothing.
function incomplete(operation: string, regionId: string, requestId: string): UnavailableError {
  const what = 'JD Cloud gave only a part of the list, and not all that were asked for';
  return new UnavailableError(`${operation} in ${regionId}: ${what} (request id ${requestId})`, {
    operation,
    httpStatus: 200,
    status: null,
    code: null,
    requestId,
    retryAfterMs: null,
    mayHaveArrived: true,
  });
}
