import { refusedBeforeSending } from './api-call.js';
import { type LoadOptions, type Batcher, createBatcher } from './batcher.js';
import { type MissingResource, NotFoundError, UnavailableError } from './errors.js';
import type { Image, ImageConstraints, Instance, InstanceCustomData, Keypair } from './schemas.js';
import type { ImageRef, InstanceRef, VmApi } from './vm-api.js';

export interface VmReaderOptions {
  readonly api: ReaderApi;
  /** Milliseconds that a read waits for others to share its call. @default 20 */
  readonly windowMs?: number;
  /** How old an image or its constraints may be and still serve a read that is not fresh. VMs, keys and custom data are never kept. @default 0 */
  readonly maxAgeMs?: number;
}

/**
 * Reads that are shared by all who ask in this process: one queue per region and kind, up to 100
 * ids a call (10 for custom data). JD Cloud asks for that and throttles who does not.
 *
 * Each function throws what the call threw, or the reason of the signal, which drops that ask
 * alone. With `fresh` the answer comes from a call that began after the ask; without it, from a
 * call already under way or, for images and constraints, from an answer younger than `maxAgeMs`.
 */
export interface VmReader {
  /** One VM, whole. Throws NotFoundError when the account has no such VM in the region. */
  readonly instance: (vm: InstanceRef, options?: LoadOptions) => Promise<Instance>;
  /** Light objects of many VMs, for polls. Ids that JD Cloud does not know are absent from the map. */
  readonly briefInstances: (
    regionId: string,
    instanceIds: readonly string[],
    options?: LoadOptions,
  ) => Promise<Map<string, Instance>>;
  /** One image. Throws NotFoundError when there is no such image for the account. */
  readonly image: (image: ImageRef, options?: LoadOptions) => Promise<Image>;
  /** Instance types that an image refuses; null when JD Cloud names no limit, as for every private image. */
  readonly constraints: (image: ImageRef, options?: LoadOptions) => Promise<ImageConstraints | null>;
  /** One key pair; null when the region has none of that name. */
  readonly keypair: (
    key: { readonly regionId: string; readonly keyName: string },
    options?: LoadOptions,
  ) => Promise<Keypair | null>;
  /**
   * Metadata and userdata of one VM. Throws NotFoundError, `resource` null, when JD Cloud leaves the
   * VM out: whether it does so for a VM without any is not documented, so absence is not read as none.
   */
  readonly customData: (vm: InstanceRef, options?: LoadOptions) => Promise<InstanceCustomData>;
}

/** Makes the reader that all activities of a process share. */
export function createVmReader({ api, windowMs = 20, maxAgeMs = 0 }: VmReaderOptions): VmReader {
  const load = createLoaders(api);
  const instances = perRegion(load.instances, { windowMs });
  const brief = perRegion(load.briefInstances, { windowMs });
  const images = perRegion(load.images, { windowMs, maxAgeMs });
  const constraints = perRegion(load.constraints, { windowMs, maxAgeMs });
  const keypairs = perRegion(load.keypairs, { windowMs });
  const customData = perRegion(load.customData, { windowMs });
  return {
    instance: async ({ regionId, instanceId }, options) => {
      const found = await instances(regionId, instanceId, options);
      return (
        found.item ?? missing({ operation: 'describeInstances', id: instanceId, regionId, resource: 'instance' }, found)
      );
    },
    briefInstances: async (regionId, instanceIds, options) => {
      const ids = [...new Set(instanceIds)];
      const answers = await Promise.all(ids.map((id) => brief(regionId, id, options)));
      return new Map(answers.flatMap(({ item }) => (item === null ? [] : [[item.instanceId, item] as const])));
    },
    image: async ({ regionId, imageId }, options) => {
      const found = await images(regionId, imageId, options);
      return found.item ?? missing({ operation: 'describeImages', id: imageId, regionId, resource: 'image' }, found);
    },
    constraints: async ({ regionId, imageId }, options) => (await constraints(regionId, imageId, options)).item,
    keypair: async ({ regionId, keyName }, options) => (await keypairs(regionId, keyName, options)).item,
    customData: async ({ regionId, instanceId }, options) => {
      const found = await customData(regionId, instanceId, options);
      return (
        found.item ??
        missing({ operation: 'describeInstancesCustomData', id: instanceId, regionId, resource: null }, found)
      );
    },
  };
}

// Only what was found is kept: an image made a moment ago must not stay missing.
function perRegion<Item>(loader: Loader<Item>, times: { windowMs: number; maxAgeMs?: number }) {
  const batchers = new Map<string, Batcher<Found<Item>>>();
  return async (regionId: string, key: string, options?: LoadOptions): Promise<Found<Item>> => {
    // One bad id would have the whole call refused, and with it everybody else's.
    if (key === '')
      throw refusedBeforeSending({ operation: loader.operation, about: `in ${regionId}` }, 'an id is empty');
    const batcher =
      batchers.get(regionId) ??
      createBatcher({
        ...times,
        maxKeys: loader.maxKeys,
        mayKeep: ({ item }: Found<Item>) => item !== null,
        load: (keys, signal) => loader.load(regionId, keys, signal),
      });
    batchers.set(regionId, batcher);
    return batcher.load(key, options);
  };
}

interface Missing {
  readonly operation: string;
  readonly id: string;
  readonly regionId: string;
  readonly resource: MissingResource | null;
}

function missing({ operation, id, regionId, resource }: Missing, { requestId }: Found<unknown>): never {
  throw new NotFoundError(`${operation} of ${id}: JD Cloud's list does not hold it (request id ${requestId})`, {
    operation,
    httpStatus: 200,
    status: null,
    code: null,
    requestId,
    retryAfterMs: null,
    mayHaveArrived: false,
    regionId,
    resource,
  });
}

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
