import { image as buildImage } from '../model/builders.js';
import { beijingTime } from '../model/clock.js';
import type { ImageOverrides } from '../model/region-state.js';
import type { LiveRegion, LiveVm } from './live-region.js';
import { reboot, start, stop } from './power-actions.js';
import { checkRebuildImage, checkRebuildStatus, orderOf } from './rebuild-checks.js';
import { rebuild } from './rebuild.js';
import { begin, breakOff, endByFault } from './transitions.js';

/**
 * Someone else at work on the same cloud: a colleague in the console, JD Cloud's own staff. It is
 * bound by the same rules as a call, makes no entry among the calls, and its changes are entered as
 * `console`. All functions throw ApiError when JD Cloud would refuse.
 */
export interface ConsoleActor {
  start: (instanceId: string) => void;
  stop: (instanceId: string) => void;
  reboot: (instanceId: string) => void;
  rebuild: (instanceId: string, imageId: string) => void;
  /** Deletes the VM, whatever it is doing: it passes `deleting` and is gone. */
  remove: (instanceId: string) => void;
  /** Puts the VM in any status, breaking off what is under way. Breaks the rules on purpose. */
  setStatus: (instanceId: string, status: string) => void;
  /** Puts other tags on the VM, as may be done whatever it is doing. */
  setTags: (instanceId: string, tags: readonly { key: string; value: string }[]) => void;
  /** Puts other metadata on the VM. */
  setMetadata: (instanceId: string, metadata: readonly { key: string; value: string }[]) => void;
  /** Carries what is under way on the VM to its end, also when a fault made it stuck. */
  release: (instanceId: string) => void;
  setImageStatus: (imageId: string, status: string) => void;
  /** Another account shares an image with this one, which nobody here has asked for. Made now, unless `overrides` says when. */
  shareImage: (imageId: string, overrides?: ImageOverrides) => void;
  /** Takes an image away at once; VMs keep its id. */
  removeImage: (imageId: string) => void;
}

const CONSOLE = 'console';
const asUsual = { by: CONSOLE, outcome: () => null };

/** The console of one region. */
export function createConsoleActor(region: LiveRegion): ConsoleActor {
  return {
    start: (id) => start(region, region.vm(id), asUsual),
    stop: (id) => stop(region, region.vm(id), null, asUsual),
    reboot: (id) => reboot(region, region.vm(id), asUsual),
    rebuild: (id, imageId) => rebuildByConsole(region, region.vm(id), imageId),
    remove: (id) => removeByForce(region, region.vm(id)),
    setStatus: (id, status) => {
      const vm = region.vm(id);
      breakOff(vm);
      region.setStatus(vm, status, CONSOLE);
    },
    setTags: (id, tags) => {
      region.leaveState(region.vm(id));
      region.vm(id).tags = [...tags];
    },
    setMetadata: (id, metadata) => {
      region.leaveState(region.vm(id));
      region.vm(id).metadata = [...metadata];
    },
    release: (id) => region.vm(id).task?.finish(),
    setImageStatus: (imageId, status) => region.setImageStatus(region.image(imageId), status, CONSOLE),
    shareImage: (imageId, overrides = {}) => {
      const createTime = beijingTime(region.world.clock.now());
      region.addImage(buildImage(imageId, { imageSource: 'shared', createTime, ...overrides }));
    },
    removeImage: (imageId) => region.dropImage(region.image(imageId), CONSOLE),
  };
}

function rebuildByConsole(region: LiveRegion, vm: LiveVm, imageId: string): void {
  checkRebuildStatus(region, vm);
  checkRebuildImage(region, vm, imageId);
  rebuild(region, vm, orderOf({}, imageId), asUsual);
}

function removeByForce(region: LiveRegion, vm: LiveVm): void {
  breakOff(vm);
  begin(region, vm, {
    name: 'deleteInstance',
    by: CONSOLE,
    passing: 'deleting',
    durationMs: region.world.timing.deleting,
    stuck: false,
    end: () => endByFault(region, vm, 'disappears', CONSOLE) ?? null,
  });
}
