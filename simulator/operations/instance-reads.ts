import type { ApiCall, Handler } from '../wire/api-call.js';
import { filterVms } from './instance-filters.js';
import { briefInstanceView, instanceView } from './instance-view.js';
import { CUSTOM_DATA_PAGES, LIST_PAGES, pageOf, type PageRule, readPage } from './paging.js';
import type { VmState } from '../region-state.js';
import { unknownVm } from '../region/live-region.js';
import { noteRead } from '../region/transitions.js';
import { withoutEmpty } from './without-empty.js';

export const describeInstance: Handler = (call) => {
  const instanceId = call.pathParams['instanceId'] ?? '';
  const vm = call.region.vmsSeen(call.behind).find((each) => each.instanceId === instanceId);
  if (vm === undefined) throw unknownVm(instanceId);
  noteIfPresent(call, vm);
  return { instance: instanceView(vm, hostnameField(call)) };
};

export const describeInstances: Handler = (call) => {
  const { vms, totalCount } = list(call, 'full', LIST_PAGES);
  return { instances: vms.map((vm) => instanceView(vm, hostnameField(call))), totalCount };
};

export const describeBriefInstances: Handler = (call) => {
  const { vms, totalCount } = list(call, 'full', LIST_PAGES);
  return { instances: vms.map((vm) => briefInstanceView(vm, hostnameField(call))), totalCount };
};

export const describeInstanceStatus: Handler = (call) => {
  const { vms, totalCount } = list(call, 'common', LIST_PAGES);
  return { instanceStatuses: vms.map(({ instanceId, status }) => ({ instanceId, status })), totalCount };
};

export const describeInstancesCustomData: Handler = (call) => {
  const { vms, totalCount } = list(call, 'common', CUSTOM_DATA_PAGES);
  const customData = vms.map(({ instanceId, metadata, userdata }) => withoutEmpty({ instanceId, metadata, userdata }));
  return { customData, totalCount };
};

function list(call: ApiCall, keys: 'full' | 'common', pages: PageRule) {
  const { region, query, behind } = call;
  const page = readPage(query, pages);
  const matching = filterVms(query, region.vmsSeen(behind), keys);
  const vms = pageOf(matching, page);
  for (const vm of vms) noteIfPresent(call, vm);
  return { vms, totalCount: matching.length };
}

/** A read that is behind shows the VM as it was: nobody has seen it as it is. */
function noteIfPresent({ region }: ApiCall, shown: VmState): void {
  const live = region.vms.get(shown.instanceId);
  if (live === shown) noteRead(live);
}

function hostnameField({ region }: ApiCall): 'hostName' | 'hostname' {
  return region.world.assumptions.hostnameField;
}
