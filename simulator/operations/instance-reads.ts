import type { ApiCall, Handler } from '../wire/api-call.js';
import { filterVms } from './instance-filters.js';
import { briefInstanceView, instanceView } from './instance-view.js';
import { CUSTOM_DATA_PAGES, LIST_PAGES, pageOf, type PageRule, readPage } from './paging.js';
import type { VmState } from '../region-state.js';
import { noteRead } from '../region/transitions.js';
import { withoutEmpty } from './without-empty.js';

export const describeInstance: Handler = (call) => {
  const vm = call.region.vm(call.pathParams['instanceId'] ?? '');
  if (!call.stale) noteRead(vm);
  return { instance: instanceView(call.stale ? (vm.before ?? vm) : vm, hostnameField(call)) };
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

function list({ region, query, stale }: ApiCall, keys: 'full' | 'common', pages: PageRule) {
  const page = readPage(query, pages);
  const seen: VmState[] = [...region.vms.values()].map((vm) => (stale ? (vm.before ?? vm) : vm));
  const matching = filterVms(query, seen, keys);
  const vms = pageOf(matching, page);
  if (!stale) for (const { instanceId } of vms) noteRead(region.vm(instanceId));
  return { vms, totalCount: matching.length };
}

function hostnameField({ region }: ApiCall): 'hostName' | 'hostname' {
  return region.world.assumptions.hostnameField;
}
