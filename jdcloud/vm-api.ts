import type {
  Image,
  ImageConstraints,
  Instance,
  InstanceCustomData,
  InstanceStatus,
  Keypair,
  Quota,
} from './schemas.js';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call; a mutating call may have arrived all the same. */
  readonly signal?: AbortSignal;
}

/** Options of a call that changes something. They are not optional: nobody is to forget what such a call stands on. */
export interface ChangeOptions extends CallOptions {
  /**
   * Awaited when the connection stands, straight before the first byte of the request; once more where a refused call
   * goes out again. What it throws is thrown by the call, and nothing was sent.
   */
  readonly beforeSend: () => Promise<void>;
}

export interface InstanceRef {
  readonly regionId: string;
  readonly instanceId: string;
}

export interface ImageRef {
  readonly regionId: string;
  readonly imageId: string;
}

export interface Filter {
  readonly name: string;
  readonly operator?: string;
  readonly values: readonly string[];
}

export interface TagFilter {
  readonly key: string;
  readonly values?: readonly string[];
}

/** One page of a list. `pageSize` is 10 to 100, by JD Cloud's rule; custom data allows 1 to 10. */
export interface PageQuery {
  readonly regionId: string;
  readonly pageNumber?: number;
  readonly pageSize?: number;
  readonly filters?: readonly Filter[];
}

export interface InstanceQuery extends PageQuery {
  /** Up to 100; an empty list is refused, since JD Cloud would answer with every VM. */
  readonly instanceIds?: readonly string[];
  readonly tags?: readonly TagFilter[];
}

export interface ImageQuery extends PageQuery {
  /** Up to 100; without it `imageSource` is required. */
  readonly imageIds?: readonly string[];
  readonly imageSource?: 'public' | 'thirdparty' | 'private' | 'shared' | 'community';
  readonly offline?: boolean;
  readonly platform?: string;
  readonly imageName?: string;
  readonly rootDeviceType?: 'localDisk' | 'cloudDisk';
  readonly launchPermission?: 'all' | 'specifiedUsers' | 'ownerOnly';
  readonly status?: string;
  readonly architecture?: 'x86_64' | 'arm64';
  readonly bootMode?: 'bios' | 'uefi';
}

/** Body of stopInstance. Leave `chargeOnStopped` out to keep the VM's own setting. */
export interface StopOptions {
  readonly chargeOnStopped?: 'keepCharging' | 'stopCharging';
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** Body of rebuildInstance, every field of VM API 1.6.1. */
export interface RebuildOptions {
  readonly password?: string;
  readonly imageId?: string;
  readonly keyNames?: readonly string[];
  readonly hostname?: string;
  readonly metadata?: readonly KeyValue[];
  readonly userdata?: readonly KeyValue[];
  readonly passWordAuth?: 'yes' | 'no';
  readonly imageInherit?: 'yes' | 'no';
}

export interface CreateImageOptions {
  /** 2 to 32 characters. */
  readonly name: string;
  readonly description?: string;
  readonly dataDisks?: readonly { readonly deviceName: string; readonly noDevice: boolean }[];
}

/** What JD Cloud answers to an action: its request id and nothing else. There is no task id. */
export interface ActionAnswer {
  readonly requestId: string;
}

export type Answer<T> = ActionAnswer & T;

/**
 * JD Cloud's VM API v1, the part that a reimage needs. One call is one HTTP request: nothing is retried here.
 * Every function throws a {@link JdCloudError} and nothing else.
 * @see docs/jdcloud.md
 */
export interface VmApi {
  readonly describeInstance: (vm: InstanceRef, options?: CallOptions) => Promise<Answer<{ instance: Instance }>>;
  readonly describeInstances: (
    query: InstanceQuery,
    options?: CallOptions,
  ) => Promise<Answer<{ instances: Instance[]; totalCount: number }>>;
  /** Lighter objects for polls: status, image and system disk id are there, cloud disk details, charge and tags are not. */
  readonly describeBriefInstances: VmApi['describeInstances'];
  readonly describeInstanceStatus: (
    query: Omit<InstanceQuery, 'tags'>,
    options?: CallOptions,
  ) => Promise<Answer<{ instanceStatuses: InstanceStatus[]; totalCount: number }>>;
  readonly stopInstance: (vm: InstanceRef, body: StopOptions, options: ChangeOptions) => Promise<ActionAnswer>;
  readonly startInstance: (vm: InstanceRef, options: ChangeOptions) => Promise<ActionAnswer>;
  readonly rebuildInstance: (vm: InstanceRef, body: RebuildOptions, options: ChangeOptions) => Promise<ActionAnswer>;
  readonly describeImage: (image: ImageRef, options?: CallOptions) => Promise<Answer<{ image: Image }>>;
  readonly describeImages: (
    query: ImageQuery,
    options?: CallOptions,
  ) => Promise<Answer<{ images: Image[]; totalCount: number }>>;
  readonly describeImageConstraints: (
    image: ImageRef,
    options?: CallOptions,
  ) => Promise<Answer<{ imageConstraints: ImageConstraints }>>;
  /** Public and third-party images only; others are left out of the answer. */
  readonly describeImageConstraintsBatch: (
    query: { readonly regionId: string; readonly imageIds: readonly string[] },
    options?: CallOptions,
  ) => Promise<Answer<{ imageConstraints: ImageConstraints[] }>>;
  readonly describeKeypairs: (
    query: PageQuery & { readonly keyNames?: readonly string[] },
    options?: CallOptions,
  ) => Promise<Answer<{ keypairs: Keypair[]; totalCount: number }>>;
  /** Metadata and userdata of VMs. JD Cloud gives at most 10 a page. */
  readonly describeInstancesCustomData: (
    query: Omit<InstanceQuery, 'tags'>,
    options?: CallOptions,
  ) => Promise<Answer<{ customData: InstanceCustomData[]; totalCount: number }>>;
  readonly describeQuotas: (
    query: { readonly regionId: string; readonly resourceTypes: readonly string[]; readonly imageId?: string },
    options?: CallOptions,
  ) => Promise<Answer<{ quotas: Quota[] }>>;
  readonly createImage: (
    vm: InstanceRef,
    body: CreateImageOptions,
    options: ChangeOptions,
  ) => Promise<Answer<{ imageId: string }>>;
  readonly deleteImage: (
    image: ImageRef & { readonly deleteSnapshot?: boolean },
    options: ChangeOptions,
  ) => Promise<ActionAnswer>;
}
