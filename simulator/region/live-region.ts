import { notFound } from '../model/api-error.js';
import type { Assumptions, Timing } from '../model/assumptions.js';
import type { Cancel, Clock } from '../model/clock.js';
import type { JournalBook } from '../model/journal.js';
import { type ImageState, QUOTA_TYPES, type QuotaType, type RegionState, type VmState } from '../model/region-state.js';

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
  /** The disk is new, and has not been started yet: its launch script is still to run. */
  launchScriptDue: boolean;
  /** A launch script has run, at the first start after a rebuild. */
  launchScriptRan: boolean;
  /** Hash of the password that the last rebuild set; the password itself is not kept. */
  passwordSha256: string | null;
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
  readonly #pastVms = new Map<string, Past<VmState>>();
  readonly #pastImages = new Map<string, Past<ImageState>>();
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
    if (vm === undefined) throw unknownVm(instanceId);
    return vm;
  }

  /** @throws ApiError 404, also for an image that this account may not see */
  image(imageId: string): LiveImage {
    const image = this.images.get(imageId);
    if (image === undefined || !image.visible) throw unknownImage(imageId);
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

  /** Gives the VM another status and enters it in the journal. @param before - what it was, if not as it is now */
  setStatus(vm: LiveVm, status: string, by: string, before: VmState = stateOf(vm)): void {
    if (vm.status === status) return;
    const from = vm.status;
    this.leaveState(vm, before);
    vm.status = status;
    this.world.journal.change({ instanceId: vm.instanceId, imageId: null, from, to: status, by });
  }

  /** Takes down what the VM was: it changes. */
  leaveState(vm: LiveVm, before: VmState = stateOf(vm)): void {
    pastOf(this.#pastVms, vm.instanceId).leave(before, this.world.clock.now());
  }

  /** Gives the image another status and enters it in the journal. */
  setImageStatus(image: LiveImage, status: string, by: string): void {
    if (image.status === status) return;
    const from = image.status;
    this.#leaveImage(image);
    image.status = status;
    this.world.journal.change({ instanceId: null, imageId: image.imageId, from, to: status, by });
  }

  /** Puts an image into the region. */
  addImage(image: LiveImage): void {
    pastOf(this.#pastImages, image.imageId).leave(null, this.world.clock.now());
    this.images.set(image.imageId, image);
  }

  /** Takes the VM out of the region. */
  dropVm(vm: LiveVm, by: string): void {
    this.leaveState(vm);
    this.vms.delete(vm.instanceId);
    this.world.journal.change({ instanceId: vm.instanceId, imageId: null, from: vm.status, to: 'deleted', by });
  }

  /** Takes the image out of the region; VMs keep its id. */
  dropImage(image: LiveImage, by: string): void {
    this.#leaveImage(image);
    this.images.delete(image.imageId);
    this.world.journal.change({ instanceId: null, imageId: image.imageId, from: image.status, to: 'deleted', by });
  }

  /** All VMs as a read shows them. */
  vmsSeen(behind: Behind | null): VmState[] {
    return seenOf<VmState>(this.vms, this.#pastVms, behind, this.world.clock.now());
  }

  /** All images as a read shows them, those too that this account may not see. */
  imagesSeen(behind: Behind | null): ImageState[] {
    return seenOf<ImageState>(this.images, this.#pastImages, behind, this.world.clock.now());
  }

  #leaveImage(image: LiveImage): void {
    pastOf(this.#pastImages, image.imageId).leave(structuredClone(image), this.world.clock.now());
  }
}

function pastOf<State>(pasts: Map<string, Past<State>>, id: string): Past<State> {
  const past = pasts.get(id) ?? new Past<State>();
  pasts.set(id, past);
  return past;
}

function seenOf<State>(
  present: ReadonlyMap<string, State>,
  pasts: ReadonlyMap<string, Past<State>>,
  behind: Behind | null,
  now: number,
): State[] {
  if (behind === null) return [...present.values()];
  // Those that are gone have a past only.
  const ids = new Set([...present.keys(), ...pasts.keys()]);
  return [...ids].flatMap((id) => {
    const is = present.get(id) ?? null;
    const past = pasts.get(id);
    return (past === undefined ? is : past.seen(is, behind, now)) ?? [];
  });
}

/** 404 as JD Cloud says it. */
export function unknownVm(instanceId: string): Error {
  return notFound(`Instance '${instanceId}' not found.`);
}

/** 404 as JD Cloud says it; also for an image that this account may not see. */
export function unknownImage(imageId: string): Error {
  return notFound(`Image '${imageId}' not found`);
}

function toLive(vm: VmState): LiveVm {
  const ours = { task: null, resourcesReleased: false, launchScriptDue: false, launchScriptRan: false };
  return { ...structuredClone(vm), ...ours, passwordSha256: null };
}

/** A copy of what JD Cloud's model holds of a VM, without what is ours. */
export function stateOf(vm: LiveVm): VmState {
  const { task: _task, resourcesReleased: _released, passwordSha256: _password, ...known } = vm;
  const { launchScriptDue: _due, launchScriptRan: _ran, ...state } = known;
  return structuredClone(state);
}

/** How far behind a read is that comes from a replica. */
export interface Behind {
  /** By how many changes, at most. */
  readonly states: 1 | 2;
  /** How long ago what it shows may have been true, at most; null for however long. */
  readonly withinMs: number | null;
}

interface Left<State> {
  /** Null where it was not there. */
  readonly state: State | null;
  /** When it was left, milliseconds since 1970. */
  readonly at: number;
}

/** What a VM or an image was before its last changes: what a replica shows that is behind. */
export class Past<State> {
  /** The latest first. */
  #left: readonly Left<State>[] = [];

  /** Takes down what it was up to now; null where it was not there. */
  leave(state: State | null, at: number): void {
    this.#left = [{ state, at }, ...this.#left].slice(0, 2);
  }

  /** What a replica shows: one that is behind no more shows what is present. */
  seen<Present>(present: Present, { states, withinMs }: Behind, nowMs: number): State | Present | null {
    const shown = this.#left.slice(0, states).findLast(({ at }) => withinMs === null || nowMs - at <= withinMs);
    return shown === undefined ? present : shown.state;
  }
}
