import { createBatcher } from './batcher.js';
import type { AskOptions, Batcher } from './batcher.js';
import { NotFoundError } from './errors.js';
import type { MissingResource } from './errors.js';
import { refusedBeforeSending } from './api-call.js';
import { createLoaders } from './reader-loaders.js';
import type { Found, Loader, ReaderApi } from './reader-loaders.js';
import type { Image, ImageConstraints, Instance, InstanceCustomData, Keypair } from './schemas.js';
import type { ImageRef, InstanceRef } from './vm-api.js';

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
  readonly instance: (vm: InstanceRef, options?: AskOptions) => Promise<Instance>;
  /** Light objects of many VMs, for polls. Ids that JD Cloud does not know are absent from the map. */
  readonly briefInstances: (
    regionId: string,
    instanceIds: readonly string[],
    options?: AskOptions,
  ) => Promise<Map<string, Instance>>;
  /** One image. Throws NotFoundError when there is no such image for the account. */
  readonly image: (image: ImageRef, options?: AskOptions) => Promise<Image>;
  /** Instance types that an image refuses; null when JD Cloud names no limit, as for every private image. */
  readonly constraints: (image: ImageRef, options?: AskOptions) => Promise<ImageConstraints | null>;
  /** One key pair; null when the region has none of that name. */
  readonly keypair: (
    key: { readonly regionId: string; readonly keyName: string },
    options?: AskOptions,
  ) => Promise<Keypair | null>;
  /**
   * Metadata and userdata of one VM. Throws NotFoundError, `resource` null, when JD Cloud leaves the
   * VM out: whether it does so for a VM without any is not documented, so absence is not read as none.
   */
  readonly customData: (vm: InstanceRef, options?: AskOptions) => Promise<InstanceCustomData>;
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
  return async (regionId: string, key: string, options?: AskOptions): Promise<Found<Item>> => {
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
    return batcher.ask(key, options);
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
