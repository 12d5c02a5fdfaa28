import { isDeepStrictEqual } from 'node:util';
import { beijingTime } from '../model/clock.js';
import type { Outcome } from '../model/fault-rule.js';
import { freshId, hostnameFrom } from '../model/region-state.js';
import { type LiveImage, type LiveRegion, type LiveVm, stateOf } from './live-region.js';
import { type Actor, runLaunchScript } from './power-actions.js';
import type { RebuildOrder } from './rebuild-checks.js';
import { begin, endByFault } from './transitions.js';

/**
 * Carries out a rebuild that was accepted: the VM is seen `stopped` for a moment more, then
 * `rebuilding`, and ends `stopped` with the new image. Which facts change at acceptance and which
 * at the end is for the assumptions to say.
 */
export function rebuild(region: LiveRegion, vm: LiveVm, order: RebuildOrder, { by, outcome }: Actor): void {
  const { timing, assumptions } = region.world;
  const change = new RebuildChange(region, vm, order);
  const fate = outcome();
  begin(region, vm, {
    name: 'rebuildInstance',
    by,
    passing: 'rebuilding',
    imageId: order.imageId,
    visibleAfterMs: timing.acceptedVisibleAfter,
    durationMs: timing.rebuilding,
    stuck: fate === 'stuck',
    comesToNothing: leavesOldImage(region, fate),
    end: () => endOf(region, vm, change, fate, by),
  });
  const before = stateOf(vm);
  if (assumptions.imageIdChanges === 'acceptance') change.image();
  if (assumptions.diskIdChanges === 'acceptance') change.disk();
  if (assumptions.metadataChanges === 'acceptance') change.customData();
  if (!isDeepStrictEqual(before, stateOf(vm))) region.leaveState(vm, before);
}

function leavesOldImage({ world }: LiveRegion, fate: Outcome | null): boolean {
  return fate === 'stays-old' || (fate === 'fails' && world.assumptions.failedRebuildLeaves === 'stopped');
}

function endOf(region: LiveRegion, vm: LiveVm, change: RebuildChange, fate: Outcome | null, by: string): string | null {
  const { assumptions } = region.world;
  if (leavesOldImage(region, fate)) {
    change.undo();
    return 'stopped';
  }
  const bad = endByFault(region, vm, fate === 'fails' ? 'error' : fate, by);
  if (bad !== undefined) return bad;
  if (assumptions.imageIdChanges === 'end') change.image();
  if (assumptions.diskIdChanges === 'end') change.disk();
  if (assumptions.metadataChanges === 'end') change.customData();
  change.login();
  vm.launchScriptDue = true;
  if (fate !== 'comes-back-running') return 'stopped';
  runLaunchScript(vm);
  return 'running';
}

/** What one rebuild changes on the VM, piece by piece, and back again. */
class RebuildChange {
  readonly #region: LiveRegion;
  readonly #vm: LiveVm;
  readonly #order: RebuildOrder;
  readonly #image: LiveImage;
  readonly #old: Pick<LiveVm, 'imageId' | 'systemDisk' | 'osType' | 'osVersion' | 'platform' | 'bootMode'>;

  constructor(region: LiveRegion, vm: LiveVm, order: RebuildOrder) {
    this.#region = region;
    this.#vm = vm;
    this.#order = order;
    this.#image = region.image(order.imageId);
    const { imageId, systemDisk, osType, osVersion, platform, bootMode } = vm;
    this.#old = { imageId, systemDisk, osType, osVersion, platform, bootMode };
  }

  image(): void {
    const { osType, osVersion, platform, bootMode } = this.#image;
    Object.assign(this.#vm, { imageId: this.#image.imageId, osType, osVersion, platform, bootMode });
  }

  disk(): void {
    const vm = this.#vm;
    const createTime = beijingTime(this.#region.world.clock.now());
    if (vm.systemDisk !== null) vm.systemDisk = { ...vm.systemDisk, diskId: freshId('vol'), createTime };
  }

  customData(): void {
    const keeps = this.#region.world.assumptions.metadataSurvivesRebuild;
    const { metadata, userdata } = this.#order;
    if (metadata !== null || !keeps) this.#vm.metadata = [...(metadata ?? [])];
    if (userdata !== null || !keeps) this.#vm.userdata = [...(userdata ?? [])];
  }

  login(): void {
    const { keyNames, hostname, passwordSha256 } = this.#order;
    const vm = this.#vm;
    if (keyNames.length > 0 || this.#region.world.assumptions.keyNamesClear) vm.keyNames = [...keyNames];
    vm.hostname = hostname ?? hostnameFrom(vm.instanceName);
    vm.passwordSha256 = passwordSha256;
  }

  /** Puts image and disk back: the rebuild has not taken place. Metadata is the control plane's and stays. */
  undo(): void {
    Object.assign(this.#vm, this.#old);
  }
}
