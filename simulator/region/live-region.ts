import type { Assumptions } from '../assumptions.js';
import { notFound } from '../wire/api-error.js';
import type { Cancel, Clock } from './clock.js';
import type { JournalBook } from '../journal.js';
import { QUOTA_TYPES, type ImageState, type QuotaType, type RegionState, type VmState } from '../region-state.js';
import type { Timing } from '../timing.js';

/** What all parts of a running simulator share. */
export interface World {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly assumptions: Assumptions;
  readonly journal: JournalBook;
}

/** What is under way on a VM. While it is there, mutating calls are refused as busy. */
export interface Task {
  /** Operation that began it. */
  readonly name: string;
  /** Who began it: the operation, or `console`. */
  readonly by: string;
  /** Image that it reads or makes. */
  readonly imageId: string | null;
  /** Status of the VM meanwhile; null when it keeps its own. */
  readonly passing: string | null;
  /** Whether a read has shown the status on the way. */
  isSeen: boolean;
  /** Called when a read first does. */
  onSeen: () => void;
  /** Stops its timer. */
  cancel: Cancel;
  /** Carries it to its end now. */
  finish: () => void;
}

/** A VM as it is now. Changed only by the state machine; everyone else reads. */
export interface LiveVm extends VmState {
  task: Task | null;
  /** The last stop has released CPU, memory and stock. */
  resourcesReleased: boolean;
  /** Hash of the password that the last rebuild set; the password itself is not kept. */
  passwordSha256: string | null;
  /** The VM as it was before its last change; what a stale read shows. */
  before: VmState | null;
}

export type LiveImage = ImageState;

// Documented defaults of an account, EN-GUIDE Restrictions; the rest is assumed.
const DEFAULT_QUOTA: Readonly<Record<QuotaType, number>> = {
  instance: 20,
  instance_cpu: 1000,
  instance_memory: 4000,
  instance_local_disk: 20,
  keypair: 20,
  image: 20,
  instanceTemplate: 20,
  imageShare: 20,
};

/** One region of the simulated cloud: VMs, images, key pairs, quotas, and who to ask about time. */
export class LiveRegion {
  readonly regionId: string;
  readonly world: World;
  readonly keypairs: RegionState['keypairs'];
  readonly images: Map<string, LiveImage>;
  readonly vms: Map<string, LiveVm>;
  readonly #limits: Readonly<Record<QuotaType, number>>;

  constructor(state: RegionState, world: World) {
    this.regionId = state.regionId;
    this.world = world;
    this.keypairs = state.keypairs;
    this.images = new Map(state.images.map((image) => [image.imageId, structuredClone(image)]));
    this.vms = new Map(state.vms.map((vm) => [vm.instanceId, toLive(vm)]));
    this.#limits = { ...DEFAULT_QUOTA, ...state.quotas };
  }

  /** @throws ApiError 404 */
  vm(instanceId: string): LiveVm {
    const vm = this.vms.get(instanceId);
    if (vm === undefined) throw notFound(`Instance '${instanceId}' not found.`);
    return vm;
  }

  /** @throws ApiError 404, also for an image that this account may not see */
  image(imageId: string): LiveImage {
    const image = this.images.get(imageId);
    if (image === undefined || !image.visible) throw notFound(`Image '${imageId}' not found`);
    return image;
  }

  /** Limits and use of each kind of quota, in JD Cloud's order. */
  quotas(): { resourceType: QuotaType; limit: number; used: number }[] {
    const used: Partial<Record<QuotaType, number>> = {
      instance: this.vms.size,
      keypair: this.keypairs.length,
      image: [...this.images.values()].filter(({ imageSource }) => imageSource === 'private').length,
    };
    return QUOTA_TYPES.map((resourceType) => ({
      resourceType,
      limit: this.#limits[resourceType],
      used: used[resourceType] ?? 0,
    }));
  }

  /** Gives the VM another status and enters it in the journal. */
  setStatus(vm: LiveVm, status: string, by: string): void {
    if (vm.status === status) return;
    const from = vm.status;
    vm.before = stateOf(vm);
    vm.status = status;
    this.world.journal.change({ instanceId: vm.instanceId, imageId: null, from, to: status, by });
  }

  /** Gives the image another status and enters it in the journal. */
  setImageStatus(image: LiveImage, status: string, by: string): void {
    if (image.status === status) return;
    const from = image.status;
    image.status = status;
    this.world.journal.change({ instanceId: null, imageId: image.imageId, from, to: status, by });
  }

  /** Takes the VM out of the region. */
  dropVm(vm: LiveVm, by: string): void {
    this.vms.delete(vm.instanceId);
    this.world.journal.change({ instanceId: vm.instanceId, imageId: null, from: vm.status, to: 'deleted', by });
  }

  /** Takes the image out of the region; VMs keep its id. */
  dropImage(image: LiveImage, by: string): void {
    this.images.delete(image.imageId);
    this.world.journal.change({ instanceId: null, imageId: image.imageId, from: image.status, to: 'deleted', by });
  }
}

function toLive(vm: VmState): LiveVm {
  return { ...structuredClone(vm), task: null, resourcesReleased: false, passwordSha256: null, before: null };
}

/** A copy of what JD Cloud's model holds of a VM, without what is ours. */
export function stateOf(vm: LiveVm): VmState {
  const { task: _task, resourcesReleased: _released, passwordSha256: _password, before: _before, ...state } = vm;
  return structuredClone(state);
}
